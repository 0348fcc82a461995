//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The analytical model. Bounds on the register tile follow Zhang, Franchetti,
/// Low (2018), section 2.4:
///
///   N_fma * L_fma  <=  rows * columns * vectors           keep the FMA units
///   busy rows * columns * vectors + vectors + 1  <=  N_reg      stay in
///   registers
///
/// Between them the predicted cycles decide. One reduction step of a tile with
/// P pixels and v vectors takes
///
///   max(P v / N_fma,  (P + v) / loads,  L_fma + slack)
///
/// cycles; a tile adds a start-up that grows with its accumulators; filters
/// beyond L1 add their traffic, lines from beyond L2 what FMAs wait for them
/// (MemoryModel.cpp); pixels whose lines compete for the same L1 sets bound P.
/// docs/model.md derives the terms.
///
//===----------------------------------------------------------------------===//

#include "conv/Analysis/ScheduleModel.h"
#include "ModelTerms.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <numeric>

using namespace mlir;
using namespace mlir::conv;

namespace {

/// Filter elements fetched ahead.
constexpr int64_t kPrefetchElements = 2048;
/// FMAs of code that tiles of several rows may take at the borders: a second or
/// two of compilation.
constexpr int64_t kMaxBorderCode = 6000;
/// Cycles to start and join a team of threads, and how many times that the
/// threads have to save.
constexpr double kForkCycles = 10000, kForkAdvantage = 4;

double loadsPerStep(const Extents &e, int64_t pixels, int64_t vectors) {
  double input = e.vectorInput ? pixels * vectors : pixels;
  return vectors + input / e.stepsPerLoad;
}

double stepCycles(MachineAttr m, const Extents &e, int64_t pixels,
                  int64_t vectors, Resource *limit = nullptr) {
  double issue = double(pixels * vectors) / m.getNFma();
  double loads = loadsPerStep(e, pixels, vectors) / m.getLoads();
  return getStepCycles(m, issue, loads, limit);
}

/// Pixels of a tile whose distance is not known.
constexpr int64_t kColumnPointers = 8;

/// Largest number of pixels whose cache lines fit the L1 sets they map to.
int64_t getPixelLimit(const Problem &p, MachineAttr m) {
  // Every column has a pointer of its own, and few registers hold pointers.
  if (ShapedType::isDynamic(p.inputColumn))
    return kColumnPointers;
  int64_t sets = countSets(m, p.inputColumn * p.strideW * kElementBytes);
  return m.getL1Ways() * sets;
}

/// Whether the output keeps pixels together, so that tiles are transposed.
bool isTransposed(const Problem &p, const Extents &e) {
  return !e.vectorInput && p.outputChannel != 1;
}

} // namespace

Extents mlir::conv::getExtents(const Problem &p, MachineAttr m) {
  Extents e{p.ho, p.wo, p.c, p.k, p.g, false, 1};
  if (getBroadcast(p, m) == Broadcast::Lane)
    e.stepsPerLoad = m.getNVec();
  if (p.flattenable) {
    e.columns = p.ho * p.wo;
    e.rows = 1;
  }
  // Blocks of output channels are groups that share their input.
  if (p.outputBlock != 0) {
    e.outputs = p.outputBlock;
    e.groups = p.k / p.outputBlock;
  }
  if (p.vectorGroups) {
    e.outputs = p.g;
    e.groups = 1;
    e.vectorInput = true;
  }
  return e;
}

double mlir::conv::getStepCycles(MachineAttr m, double issue, double loads,
                                 Resource *limit) {
  double latency = m.getLFma() + kLatencySlack;
  double cycles = std::max({issue, loads, latency});
  if (limit)
    *limit = cycles == issue   ? Resource::FmaIssue
             : cycles == loads ? Resource::LoadPorts
                               : Resource::FmaLatency;
  return cycles;
}

double mlir::conv::getStartCycles(int64_t accumulators) {
  int64_t exposed = std::max<int64_t>(0, accumulators - kHiddenAccumulators);
  return kTileCycles + kAccumulatorCycles * exposed * exposed;
}

bool mlir::conv::storesConflict(const Problem &p, MachineAttr m,
                                int64_t channels) {
  if (ShapedType::isDynamic(p.outputChannel))
    return false;
  return channels >
         m.getL1Ways() * countSets(m, p.outputChannel * kElementBytes);
}

Parts mlir::conv::divideWithRest(int64_t extent, int64_t size) {
  Parts parts;
  if (extent / size != 0)
    parts.push_back({extent / size, size});
  if (extent % size != 0)
    parts.push_back({1, extent % size});
  return parts;
}

Parts mlir::conv::divideBalanced(int64_t extent, int64_t size) {
  Parts parts;
  // Balanced sizes take at most two values, the wider first.
  for (int64_t width : splitBalanced(extent, size)) {
    if (parts.empty() || parts.back().second != width)
      parts.push_back({0, width});
    ++parts.back().first;
  }
  return parts;
}

RegisterTile RegisterTile::fromSchedule(ScheduleAttr s) {
  int64_t lanes = s.getNVec();
  if (s.getVector() == VectorIterator::W)
    return {s.getHOb(), s.getWOb(), s.getWOb() / lanes, VectorIterator::W,
            s.getCOb()};
  return {s.getHOb(), s.getWOb(), s.getCOb() / lanes};
}

void RegisterTile::assignTo(ScheduleFields &fields) const {
  fields.vector = vector;
  fields.hOb = rows;
  fields.wOb = columns;
  fields.cOb = getCOb(fields.nVec);
}

std::string RegisterTile::str() const {
  std::string text = rows == 1 ? "" : std::to_string(rows) + "x";
  if (hasPixelVectors())
    return text + llvm::formatv("{0}wx{1}", vectors, channels).str();
  return text + llvm::formatv("{0}x{1}", columns, vectors).str();
}

StringRef mlir::conv::stringifyResource(Resource resource) {
  switch (resource) {
  case Resource::FmaIssue:
    return "FMA issue";
  case Resource::FmaLatency:
    return "FMA latency";
  case Resource::LoadPorts:
    return "load ports";
  }
  llvm_unreachable("unknown resource");
}

Broadcast mlir::conv::getBroadcast(const Problem &problem,
                                   MachineAttr machine) {
  if (machine.getBroadcast() != Broadcast::Lane)
    return machine.getBroadcast();
  int64_t run = problem.inputBlock != 0 ? problem.inputBlock : problem.c;
  bool lanes = !problem.vectorGroups && problem.inputChannel == 1 &&
               run >= machine.getNVec();
  // A vector per pixel costs registers: with a single vector of channels to
  // share it, too few accumulators may be left to hide the latency.
  int64_t vectors =
      llvm::divideCeilSigned(problem.k, int64_t(machine.getNVec()));
  if (vectors == 1 &&
      (machine.getNReg() - 1) / 2 < machine.getNFma() * machine.getLFma())
    lanes = false;
  return lanes ? Broadcast::Lane : Broadcast::Splat;
}

int64_t mlir::conv::getRegisters(Broadcast broadcast, int64_t lanes,
                                 const RegisterTile &tile) {
  // FMAs that take a lane keep a vector of channels of every pixel at hand, or
  // the vectors of the filter's channels.
  bool lane = broadcast == Broadcast::Lane;
  int64_t vectors = tile.vectors, scalars = lane ? tile.pixels() : 1;
  if (tile.hasPixelVectors()) {
    vectors = tile.rows * tile.vectors;
    scalars = lane ? llvm::divideCeilSigned(tile.channels, lanes) : 1;
  }
  return tile.accumulators() + vectors + scalars;
}

ContractionInput mlir::conv::getContractionInput(Algorithm algorithm) {
  switch (algorithm) {
  case Algorithm::Naive:
  case Algorithm::Direct:
    return ContractionInput::Image;
  case Algorithm::Kn2row:
  case Algorithm::Kn2col:
  case Algorithm::Kn2rowAs:
  case Algorithm::Kn2colAs:
  case Algorithm::Kn2rowAa:
    return ContractionInput::ImagePerTap;
  case Algorithm::Im2col:
  case Algorithm::Im2row:
  case Algorithm::MecA:
  case Algorithm::MecB:
  case Algorithm::Im2win:
    return ContractionInput::Gathered;
  }
  llvm_unreachable("unknown algorithm");
}

bool mlir::conv::allowsPixelVectors(Algorithm algorithm) {
  return algorithm != Algorithm::Naive &&
         getContractionInput(algorithm) != ContractionInput::ImagePerTap;
}

std::optional<std::string>
mlir::conv::findPixelVectorObstacle(const Problem &p) {
  if (p.inputBlock != 0 || p.outputBlock != 0 || p.vectorGroups)
    return "vector = w needs a layout that keeps columns together";
  if (p.inputColumn != 1 || p.outputColumn != 1 || p.residualColumn != 1)
    return "vector = w needs columns that are neighbours in memory in input, "
           "output and residual";
  if (p.strideW > 2)
    return llvm::formatv("vector = w reads columns with stride 1 or 2, not {0}",
                         p.strideW);
  return std::nullopt;
}

bool mlir::conv::readsImage(Algorithm algorithm) {
  return algorithm != Algorithm::Naive &&
         getContractionInput(algorithm) != ContractionInput::Gathered;
}

Cost mlir::conv::estimate(const Problem &problem, MachineAttr machine,
                          ScheduleAttr schedule) {
  RegisterTile tile = RegisterTile::fromSchedule(schedule);
  Cost cost = estimate(problem, machine, tile);
  cost.cycles += getStreamCycles(
      problem, machine, tile, {schedule.getOrder(), schedule.getBand()},
      schedule.getPrefetchInput(), readsImage(schedule.getAlgorithm()));
  return cost;
}

SmallVector<int64_t> mlir::conv::splitBalanced(int64_t extent, int64_t width) {
  SmallVector<int64_t> parts;
  if (extent <= 0)
    return parts;
  int64_t count = llvm::divideCeilSigned(extent, width);
  for (int64_t i = 0; i < count; ++i)
    parts.push_back(extent / count + (i < extent % count ? 1 : 0));
  return parts;
}

/// Places of tiles of `size` outputs that need code of their own: those that
/// touch the padding, and one for all others.
static int64_t countPlaces(int64_t extent, int64_t size, int64_t stride,
                           int64_t low, int64_t high) {
  auto touching = [&](int64_t padding) {
    return llvm::divideCeilSigned(padding, size * stride);
  };
  return std::min(llvm::divideCeilSigned(extent, size),
                  touching(low) + touching(high) + 1);
}

/// Tiles of several rows are unrolled over the window at each of their places.
static std::optional<std::string> findBorderObstacle(const Problem &p,
                                                     const RegisterTile &tile) {
  if (tile.rows == 1 || !p.isPadded())
    return std::nullopt;
  int64_t places = countPlaces(p.ho, tile.rows, p.strideH, p.lowH, p.highH);
  // Vectors along columns mask what is outside.
  if (!tile.hasPixelVectors())
    places *= countPlaces(p.wo, tile.columns, p.strideW, p.lowW, p.highW);
  int64_t code = places * tile.accumulators() * p.r * p.s;
  if (code <= kMaxBorderCode)
    return std::nullopt;
  return llvm::formatv("h_ob = {0} at the borders of a {1}x{2} window is code "
                       "of {3} FMAs (limit {4})",
                       tile.rows, p.r, p.s, code, kMaxBorderCode)
      .str();
}

std::optional<std::string>
mlir::conv::findTileObstacle(const Problem &problem, MachineAttr machine,
                             const RegisterTile &tile) {
  if (auto obstacle = findBorderObstacle(problem, tile))
    return obstacle;
  int64_t registers =
      getRegisters(getBroadcast(problem, machine), machine.getNVec(), tile);
  if (registers > machine.getNReg())
    return llvm::formatv("needs {0} vector registers, the machine has {1}",
                         registers, machine.getNReg());
  int64_t channels = tile.vectors * machine.getNVec();
  if (problem.outputBlock != 0 && problem.outputBlock % channels != 0)
    return llvm::formatv("{0} channels do not divide the output's blocks of "
                         "{1} channels",
                         channels, problem.outputBlock);
  return std::nullopt;
}

bool mlir::conv::hidesLatency(MachineAttr machine, const RegisterTile &tile) {
  return tile.accumulators() >= machine.getNFma() * machine.getLFma();
}

SmallVector<RegisterTile>
mlir::conv::enumerateLegalTiles(const Problem &problem, MachineAttr machine) {
  Extents e = getExtents(problem, machine);
  int64_t vectors = llvm::divideCeilSigned(e.outputs, machine.getNVec());
  SmallVector<RegisterTile> tiles;
  for (int64_t rows = 1; rows <= std::min<int64_t>(e.rows, 2); ++rows)
    for (int64_t columns = 1;
         columns <= std::min<int64_t>(e.columns, machine.getNReg()); ++columns)
      for (int64_t v = 1; v <= std::min(vectors, machine.getNReg()); ++v) {
        RegisterTile tile{rows, columns, v};
        if (!findTileObstacle(problem, machine, tile))
          tiles.push_back(tile);
      }
  // Small images do not have enough outputs.
  auto isSlow = [&](const RegisterTile &tile) {
    return !hidesLatency(machine, tile);
  };
  if (!llvm::all_of(tiles, isSlow))
    llvm::erase_if(tiles, isSlow);
  return tiles;
}

SmallVector<RegisterTile> mlir::conv::enumerateTiles(const Problem &problem,
                                                     MachineAttr machine,
                                                     bool oneRow) {
  Extents e = getExtents(problem, machine);
  int64_t vectors = llvm::divideCeilSigned(e.outputs, machine.getNVec());
  int64_t conflictLimit = getPixelLimit(problem, machine);
  // With one vector per pixel the broadcasts are as many as the FMAs. LLVM
  // keeps several of them at hand, which 16 registers do not hold.
  bool oneVectorFits = machine.getNReg() >= 32;
  SmallVector<RegisterTile> tiles;
  if (e.vectorInput)
    return {getDepthwiseTile(problem, machine)};
  // Tiers: all rules; without the L1 rule; with more vectors of channels, for
  // images of few columns; without the latency bound (small problems do not
  // have enough outputs).
  for (int tier = 0; tier < 4 && tiles.empty(); ++tier)
    for (int64_t rows : {1, 2}) {
      // Two rows pay where one row is short, and only with a static border.
      if (rows > 1 && (oneRow || e.columns >= 14 || e.rows < 2))
        continue;
      for (int64_t columns = 1;
           columns <= std::min<int64_t>(e.columns, machine.getNReg());
           ++columns)
        for (int64_t v = 1;
             v <= std::min<int64_t>(vectors, tier == 2 ? machine.getNReg() : 4);
             ++v) {
          // One filter vector per broadcast saturates the load ports.
          if (v == 1 && vectors > 1 && tier < 2 &&
              problem.outputBlock != machine.getNVec() &&
              !(oneVectorFits && isTransposed(problem, e) &&
                storesConflict(problem, machine, 2 * machine.getNVec())))
            continue;
          RegisterTile tile{rows, columns, v};
          if (findTileObstacle(problem, machine, tile))
            continue;
          if (tier < 1 && tile.pixels() > conflictLimit)
            continue;
          if (tier < 3 && !hidesLatency(machine, tile))
            continue;
          tiles.push_back(tile);
        }
    }
  if (tiles.empty())
    tiles.push_back({1, 1, 1});
  return tiles;
}

SmallVector<RegisterTile> mlir::conv::enumerateTilesOf(Algorithm algorithm,
                                                       const Problem &problem,
                                                       MachineAttr machine,
                                                       bool oneRow) {
  SmallVector<RegisterTile> tiles = enumerateTiles(problem, machine, oneRow);
  // Products of single taps have layouts of their own.
  if (allowsPixelVectors(algorithm))
    llvm::append_range(tiles, enumeratePixelTiles(problem, machine, oneRow));
  return tiles;
}

Cost mlir::conv::estimate(const Problem &problem, MachineAttr machine,
                          const RegisterTile &tile) {
  if (tile.hasPixelVectors())
    return estimatePixelTile(problem, machine, tile);
  Extents e = getExtents(problem, machine);
  int64_t lanes = machine.getNVec();
  int64_t vectors = llvm::divideCeilSigned(e.outputs, lanes);
  double steps = double(e.channels) * problem.r * problem.s;
  bool transposed = isTransposed(problem, e);
  // A block of the filter beyond L1 comes from L2 for each tile.
  double filterBytes = steps * tile.vectors * lanes * kElementBytes;
  bool filterInL1 = staysInL1(machine, filterBytes);

  Cost cost;
  for (auto [numK, v] : divideWithRest(vectors, tile.vectors))
    for (auto [numH, h] : divideWithRest(e.rows, tile.rows))
      for (auto [numW, w] : divideBalanced(e.columns, tile.columns)) {
        double step = stepCycles(machine, e, h * w, v);
        if (!filterInL1)
          step = std::max(step, v * lanes * kElementBytes / kL2BytesPerCycle);
        step += getPlaneCycles(problem, machine, step);
        double cycles = step * steps + getStartCycles(h * w * v);
        if (transposed) {
          // log2(lanes) shuffles per row of a square, then its stores.
          double stores =
              double(h) * llvm::divideCeilSigned(w, lanes) * v * lanes;
          cycles += stores * (llvm::Log2_64(lanes) / 2.0 + 1);
          // Parts of a line meet again when its neighbour tile is stored. The
          // stores drain beside the computation of the next tile.
          bool wholeLines = w * kElementBytes % kLineBytes == 0;
          if (!wholeLines && storesConflict(problem, machine, v * lanes))
            cycles = std::max(cycles, stores * kConflictCycles);
        }
        cost.cycles += double(numK) * numH * numW * cycles;
      }
  if (!filterInL1) {
    double tiles = double(llvm::divideCeilSigned(e.rows, tile.rows)) *
                   llvm::divideCeilSigned(e.columns, tile.columns);
    cost.cycles += kFilterExposure * tiles * vectors * steps * lanes *
                   kElementBytes / kLineBytes;
  }
  double images = ShapedType::isDynamic(problem.n) ? 1.0 : double(problem.n);
  cost.cycles *= images * e.groups;
  cost.fmaCycles = problem.flops() / (2.0 * lanes * machine.getNFma());
  (void)stepCycles(machine, e, tile.pixels(), tile.vectors, &cost.limit);
  cost.registers = getRegisters(getBroadcast(problem, machine), lanes, tile);
  return cost;
}

/// Parts `threads` make of `extent`: the share of the largest, relative to an
/// even division.
static double getImbalance(int64_t extent, int64_t threads) {
  return double(llvm::divideCeilSigned(extent, threads)) * threads / extent;
}

/// Chooses what threads divide, rows only evenly when `evenRows`. Small
/// convolutions stay serial: starting and joining threads costs more than they
/// save.
static std::string chooseParallel(const Problem &p, MachineAttr m,
                                  const RegisterTile &tile, double cycles,
                                  bool evenRows, bool &flatten) {
  int64_t threads = m.getThreads();
  if (threads == 1 ||
      cycles * (1.0 - 1.0 / threads) < kForkAdvantage * kForkCycles)
    return "none";
  Extents e = getExtents(p, m);
  int64_t block = tile.getCOb(m.getNVec());
  int64_t kTiles = llvm::divideCeilSigned(e.outputs, block);
  double filter = double(e.outputs) * e.channels * p.r * p.s;
  double input = double(p.w) * p.h * e.channels;
  struct Option {
    std::string text;
    double imbalance;
    bool flatten;
  };
  // In order of preference where the balance is equal.
  SmallVector<Option> options;
  auto offer = [&](StringRef text, double imbalance, bool keepsFlat) {
    options.push_back({text.str(), imbalance, keepsFlat});
  };
  auto offerK = [&] {
    if (e.outputs % block == 0 && kTiles % threads == 0)
      offer(llvm::formatv("k{0}", threads).str(), 1.0, flatten);
  };
  auto offerRows = [&] {
    if (flatten && e.columns % threads == 0)
      offer(llvm::formatv("w{0}", threads).str(), 1.0, true);
    else if (p.ho >= threads && (!evenRows || p.ho % threads == 0))
      offer(llvm::formatv("h{0}", threads).str(), getImbalance(p.ho, threads),
            false);
  };
  // Whole images or groups need no sharing at all.
  if (!ShapedType::isDynamic(p.n) && p.n % threads == 0)
    offer(llvm::formatv("n{0}", threads).str(), 1.0, flatten);
  if (e.groups % threads == 0)
    offer(llvm::formatv("g{0}", threads).str(), 1.0, flatten);
  if (filter > input) {
    offerK();
    offerRows();
  } else {
    offerRows();
    offerK();
  }
  // Many threads: rows and channels together.
  if (threads > 8)
    for (int64_t parts = 2; parts <= threads / 2; ++parts)
      if (threads % parts == 0 && e.outputs % block == 0 &&
          kTiles % parts == 0 && p.ho >= threads / parts &&
          (!evenRows || p.ho % (threads / parts) == 0))
        offer(llvm::formatv("h{0}k{1}", threads / parts, parts).str(),
              getImbalance(p.ho, threads / parts), false);
  if (options.empty())
    return "none";
  const Option *best = &options.front();
  for (const Option &option : options)
    if (option.imbalance < best->imbalance)
      best = &option;
  if (best->imbalance > 0.75 * threads)
    return "none";
  flatten = best->flatten;
  return best->text;
}

/// Why `schedule` cannot be divided among threads; nothing when it can.
static std::optional<std::string>
findSplitObstacle(const Problem &p, MachineAttr m, ScheduleAttr schedule) {
  std::array<int64_t, 5> split = schedule.getSplit();
  Extents e = getExtents(p, m);
  if (split[4] != 1 && (e.outputs % schedule.getCOb() != 0 ||
                        (e.outputs / schedule.getCOb()) % split[4] != 0))
    return llvm::formatv("parallel = {0}: {1} output channels are not {2} "
                         "equal parts of blocks of {3}",
                         schedule.getParallel(), e.outputs, split[4],
                         schedule.getCOb());
  if (split[3] != 1 && (p.ho * p.wo) % split[3] != 0)
    return llvm::formatv("parallel = {0}: {1} pixels do not divide by {2}",
                         schedule.getParallel(), p.ho * p.wo, split[3]);
  if (split[2] != 1 && schedule.getFlatten())
    return llvm::formatv("parallel = {0}: rows are flattened, divide w",
                         schedule.getParallel());
  return std::nullopt;
}

Choice mlir::conv::chooseDirect(const Problem &problem, MachineAttr machine,
                                MLIRContext *context) {
  return chooseSchedule(problem, machine, Algorithm::Direct, Form::Whole,
                        context);
}

/// The schedule of a tile in an order: what threads divide and what the machine
/// prescribes filled in.
static ScheduleAttr completeSchedule(const Problem &problem,
                                     MachineAttr machine, Algorithm algorithm,
                                     Form form, RegisterTile tile,
                                     double cycles, OrderedBand walk,
                                     int64_t prefetchInput,
                                     MLIRContext *context) {
  bool flatten = problem.flattenable;
  // A transformed input has no border that would be known in shares of
  // different sizes.
  std::string parallel =
      chooseParallel(problem, machine, tile, cycles,
                     /*evenRows=*/algorithm != Algorithm::Direct, flatten);
  // Rows of a thread's share have no static border to peel.
  bool dividesRows = StringRef(parallel).contains('h');
  if (dividesRows && tile.rows > 1)
    tile.rows = 1;
  // Lanes are taken from one vector of channels after the other.
  bool pixelVectors = tile.hasPixelVectors();
  Broadcast broadcast = pixelVectors ? getFilterBroadcast(machine, tile)
                                     : getBroadcast(problem, machine);
  int64_t unroll =
      broadcast == Broadcast::Lane && !pixelVectors ? machine.getNVec() : 4;
  ScheduleFields fields;
  fields.algorithm = algorithm;
  fields.form = form;
  fields.nVec = machine.getNVec();
  tile.assignTo(fields);
  fields.cIb = problem.inputBlock;
  fields.order = walk.order;
  fields.flatten = flatten;
  fields.unroll = unroll;
  // The few elements of a depthwise filter come in lines of many channels.
  fields.prefetch = problem.isDepthwise() ? 0 : kPrefetchElements;
  fields.prefetchInput = prefetchInput;
  fields.broadcast = broadcast;
  fields.band = walk.band;
  fields.parallel = parallel;
  return fields.toAttr(context);
}

SmallVector<Choice> mlir::conv::enumerateDirect(const Problem &problem,
                                                MachineAttr machine,
                                                MLIRContext *context) {
  Extents e = getExtents(problem, machine);
  SmallVector<Choice> candidates;
  SmallVector<RegisterTile> seen;
  SmallVector<RegisterTile> tiles = enumerateLegalTiles(problem, machine);
  llvm::append_range(tiles, enumeratePixelTiles(problem, machine));
  for (RegisterTile tile : tiles) {
    // Widths that make the same parts of the columns are the same code.
    int64_t unit = tile.hasPixelVectors() ? machine.getNVec() : 1;
    tile.columns = unit * splitBalanced(llvm::divideCeilSigned(e.columns, unit),
                                        tile.columns / unit)
                              .front();
    if (tile.hasPixelVectors())
      tile.vectors = tile.columns / unit;
    if (llvm::is_contained(seen, tile))
      continue;
    seen.push_back(tile);
    Cost tileCost = estimate(problem, machine, tile);
    int64_t ahead = choosePrefetchInput(problem, machine, tile);
    for (OrderedBand walk : enumerateOrders(problem, machine, tile)) {
      Cost cost = tileCost;
      cost.cycles += getStreamCycles(problem, machine, tile, walk, ahead);
      ScheduleAttr schedule =
          completeSchedule(problem, machine, Algorithm::Direct, Form::Whole,
                           tile, cost.cycles, walk, ahead, context);
      if (!findObstacle(problem, machine, schedule))
        candidates.push_back({schedule, cost, 1});
    }
  }
  return candidates;
}

Choice mlir::conv::chooseSchedule(const Problem &problem, MachineAttr machine,
                                  Algorithm algorithm, Form form,
                                  MLIRContext *context) {
  // Bands are visited row by row.
  bool oneRow = form == Form::Banded;
  SmallVector<RegisterTile> tiles =
      enumerateTilesOf(algorithm, problem, machine, oneRow);
  Choice choice;
  choice.numCandidates = tiles.size();
  RegisterTile best = tiles.front();
  OrderedBand bestWalk{LoopOrder::KHW, 0};
  int64_t bestAhead = 0;
  auto balance = [](const RegisterTile &t) {
    return t.hasPixelVectors() ? t.rows * t.vectors + t.channels
                               : t.pixels() + t.vectors;
  };
  for (const RegisterTile &tile : tiles) {
    Cost cost = estimate(problem, machine, tile);
    OrderedBand walk = chooseWalk(problem, machine, tile);
    if (algorithm != Algorithm::Direct)
      walk.band = 0;
    bool image = readsImage(algorithm);
    int64_t ahead = image ? choosePrefetchInput(problem, machine, tile) : 0;
    cost.cycles += getStreamCycles(problem, machine, tile, walk, ahead, image);
    // Ties go to the squarer tile: fewer loads.
    bool better =
        choice.cost.cycles == 0 || cost.cycles < choice.cost.cycles ||
        (cost.cycles == choice.cost.cycles && balance(tile) < balance(best));
    if (!better)
      continue;
    choice.cost = cost;
    best = tile;
    bestWalk = walk;
    bestAhead = ahead;
  }
  choice.schedule =
      completeSchedule(problem, machine, algorithm, form, best,
                       choice.cost.cycles, bestWalk, bestAhead, context);
  return choice;
}

std::optional<std::string> mlir::conv::findObstacle(const Problem &p,
                                                    MachineAttr machine,
                                                    ScheduleAttr schedule) {
  auto say = [](auto &&...args) {
    return std::optional<std::string>(
        llvm::formatv(std::forward<decltype(args)>(args)...).str());
  };
  for (auto [name, extent] :
       {std::pair("g", p.g), std::pair("c", p.c), std::pair("h", p.h),
        std::pair("w", p.w), std::pair("k", p.k), std::pair("r", p.r),
        std::pair("s", p.s), std::pair("ho", p.ho), std::pair("wo", p.wo)}) {
    if (ShapedType::isDynamic(extent))
      return say("dimension '{0}' is dynamic; only the batch may be", name);
    if (extent == 0)
      return say("dimension '{0}' is empty", name);
  }
  if (p.n == 0)
    return say("dimension 'n' is empty");
  if (!schedule)
    return std::nullopt;
  if (schedule.getNVec() > machine.getNVec())
    return say("n_vec = {0} is wider than the machine's {1} lanes",
               schedule.getNVec(), machine.getNVec());
  RegisterTile tile = RegisterTile::fromSchedule(schedule);
  if (tile.hasPixelVectors()) {
    if (std::optional<std::string> obstacle = findPixelVectorObstacle(p))
      return obstacle;
    if (schedule.getBroadcast() == Broadcast::Lane &&
        schedule.getFilter() != FilterForm::Packed)
      return say("broadcast = lane with vector = w needs a packed filter");
  } else if (schedule.getBroadcast() == Broadcast::Lane &&
             (p.vectorGroups || (p.inputChannel != 1 && p.c != 1)))
    return say("broadcast = lane needs contiguous input channels");
  int64_t registers =
      getRegisters(schedule.getBroadcast(), schedule.getNVec(), tile);
  if (registers > machine.getNReg())
    return say("register tile of h_ob = {0}, w_ob = {1}, c_ob = {2} needs {3} "
               "vector registers, the machine has {4}",
               schedule.getHOb(), schedule.getWOb(), schedule.getCOb(),
               registers, machine.getNReg());
  if (schedule.getFlatten() && !p.flattenable)
    return say("flatten needs a 1x1 window with stride 1, no padding, and rows "
               "that follow each other in memory");
  if (schedule.getCIb() != 0 && p.inputBlock == 0)
    return say("c_ib = {0} needs a blocked input layout", schedule.getCIb());
  if (schedule.getCIb() != p.inputBlock)
    return say("c_ib = {0} but the input has {1} channels per block",
               schedule.getCIb(), p.inputBlock);
  if (p.outputBlock != 0 && p.outputBlock % schedule.getCOb() != 0)
    return say("c_ob = {0} does not divide the output's blocks of {1} channels",
               schedule.getCOb(), p.outputBlock);
  if (auto obstacle = findBorderObstacle(p, tile))
    return obstacle;
  if (schedule.getHOb() > 1 && p.ho < 2)
    return say("h_ob = {0} on an output of one row", schedule.getHOb());
  return findSplitObstacle(p, machine, schedule);
}
