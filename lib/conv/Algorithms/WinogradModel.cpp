//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What Winograd's algorithm refuses, keeps and costs. A block of T tiles takes
///
///   points * (the contraction of T pixels)
/// + C / N_vec * T transformations of the input
/// + K / N_vec * T transformations of the products
///
/// and the filter at all points, which is 16 / 9 to 4 times the plain one, is
/// read once by each block: from L3, and what L3 does not keep from memory.
/// Dilations make phases, of which each has blocks of its own.
///
//===----------------------------------------------------------------------===//

#include "Defaults.h"
#include "Entries.h"
#include "Winograd.h"
#include "conv/IR/WinogradProduct.h"
#include "conv/Schedule/KernelKinds.h"
#include "conv/Schedule/Legality.h"
#include "conv/Schedule/MemoryRates.h"
#include "conv/Schedule/ModelConstants.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <numeric>

using namespace mlir;
using namespace mlir::conv;

//===----------------------------------------------------------------------===//
// Blocks and buffers
//===----------------------------------------------------------------------===//

/// Of a dimension.
static int64_t countPhases(int64_t dilation, int64_t outputs) {
  return std::max<int64_t>(std::min(dilation, outputs), 1);
}

SmallVector<WinogradPhases> mlir::conv::getWinogradPhases(int64_t dilation,
                                                          int64_t inputs,
                                                          int64_t outputs,
                                                          int64_t low) {
  SmallVector<WinogradPhases> phases;
  for (int64_t i = 0; i < countPhases(dilation, outputs); ++i) {
    int64_t zeros =
        i < low ? llvm::divideCeilSigned(low - i, dilation) : int64_t(0);
    int64_t start = zeros * dilation - low;
    WinogradPhases phase{i,
                         1,
                         llvm::divideCeilSigned(outputs - i, dilation),
                         llvm::divideCeilSigned(inputs - i - start, dilation),
                         zeros,
                         start};
    auto getExtents = [](const WinogradPhases &p) {
      return std::tuple(p.outputs, p.inputs, p.low, p.start);
    };
    if (phases.empty() || getExtents(phases.back()) != getExtents(phase))
      phases.push_back(phase);
    else
      ++phases.back().count;
  }
  return phases;
}

static SmallVector<WinogradPhases> getRowPhases(const Problem &p) {
  return getWinogradPhases(p.dilationH, p.h, p.ho, p.lowH);
}

static SmallVector<WinogradPhases> getColumnPhases(const Problem &p) {
  return getWinogradPhases(p.dilationW, p.w, p.wo, p.lowW);
}

Problem mlir::conv::getWinogradPhase(const Problem &problem,
                                     const WinogradPhases &rows,
                                     const WinogradPhases &columns) {
  Problem phase = problem;
  int64_t count = countPhases(problem.dilationH, problem.ho) *
                  countPhases(problem.dilationW, problem.wo);
  if (!ShapedType::isDynamic(problem.n))
    phase.n *= count;
  else if (count != 1)
    phase.n = count; // The cost is that of one image.
  phase.h = rows.inputs;
  phase.ho = rows.outputs;
  phase.lowH = rows.low;
  phase.w = columns.inputs;
  phase.wo = columns.outputs;
  phase.lowW = columns.low;
  phase.inputRow *= problem.dilationH;
  phase.inputColumn *= problem.dilationW;
  phase.outputColumn *= problem.dilationW;
  phase.residualColumn *= problem.dilationW;
  phase.dilationH = phase.dilationW = 1;
  return phase;
}

Problem mlir::conv::getWinogradPhase(const Problem &problem) {
  return getWinogradPhase(problem, getRowPhases(problem).front(),
                          getColumnPhases(problem).front());
}

WinogradBlocks::WinogradBlocks(const Problem &problem, WinogradTile tile,
                               int64_t outputRows, int64_t images)
    : tile(tile), points(getWinogradPoints(tile)),
      rows(llvm::divideCeilSigned(problem.ho, tile[0])),
      columns(llvm::divideCeilSigned(problem.wo, tile[1])), blockRows(rows),
      images(images) {
  if (outputRows != 0)
    blockRows = std::min(rows, llvm::divideCeilSigned(outputRows, tile[0]));
}

WinogradPlanes mlir::conv::getWinogradPlanes(const Problem &problem,
                                             const WinogradBlocks &blocks,
                                             int64_t lanes) {
  // As many planes are written at a time as there are points. They share the
  // sets of the first cache where they begin a multiple of its period apart.
  int64_t line = kLineBytes / kElementBytes;
  WinogradPlanes planes{blocks.countTiles(),
                        int64_t(llvm::alignTo(problem.c, lanes))};
  auto spreads = [&](int64_t tiles, int64_t channels) {
    int64_t bytes = tiles * channels * kElementBytes;
    return bytes % kLineBytes != 0 ||
           kPlaneSets / std::gcd(bytes / kLineBytes, kPlaneSets) >=
               kPlaneSetsEnough;
  };
  // One more tile is less than some more channels of all, where it helps.
  for (int64_t more : {0, 1})
    if (spreads(planes.tiles + more, planes.channels))
      return {planes.tiles + more, planes.channels};
  for (int64_t more : {0, 1})
    if (spreads(planes.tiles + more, planes.channels + line))
      return {planes.tiles + more, planes.channels + line};
  return planes;
}

std::optional<int64_t> mlir::conv::getInputShare(const Problem &problem,
                                                 int64_t parts, int64_t lanes) {
  // Blocks are whole vectors, and stay together.
  int64_t unit = problem.inputBlock != 0 ? problem.inputBlock : lanes;
  if (problem.c % (parts * unit) != 0)
    return std::nullopt;
  return problem.c / parts;
}

Problem mlir::conv::getWinogradContraction(const Problem &problem,
                                           const WinogradBlocks &blocks,
                                           int64_t lanes) {
  Problem q;
  q.n = problem.n;
  q.g = problem.g * blocks.points;
  q.c = problem.c;
  q.k = problem.k;
  q.w = q.wo = blocks.countTiles();
  q.inputColumn = getWinogradPlanes(problem, blocks, lanes).channels;
  q.inputRow = q.w * q.inputColumn;
  q.outputColumn = problem.k;
  q.types = problem.types;
  return q;
}

static WinogradTile getTile(ScheduleAttr schedule) {
  return *schedule.getTile();
}

static WinogradBlocks getBlocks(const Problem &p, ScheduleAttr schedule) {
  return {p, getTile(schedule), schedule.getBand(), schedule.getImages()};
}

/// Elements of the two buffers of a block, of all threads.
static int64_t getWorkspace(const Problem &problem, ScheduleAttr schedule) {
  Problem p = getWinogradPhase(problem);
  WinogradBlocks blocks = getBlocks(p, schedule);
  WinogradPlanes planes = getWinogradPlanes(p, blocks, schedule.getNVec());
  int64_t channels = std::min(p.k, schedule.getCOb());
  // Threads that divide the channels share the input.
  Split split = schedule.getParallel();
  int64_t copies = schedule.getThreads();
  if (split.h != 1)
    copies = blocks.countShares(p.ho, split.h);
  int64_t inputs =
      multiplyElements(split.k != 1 ? 1 : copies,
                       multiplyElements(planes.tiles, planes.channels));
  int64_t products =
      multiplyElements(copies, multiplyElements(blocks.countTiles(), channels));
  return multiplyElements(blocks.points, inputs + products);
}

//===----------------------------------------------------------------------===//
// Refusals
//===----------------------------------------------------------------------===//

/// Why phases of `p` cannot be convolved apart.
static Obstacle findDilationObstacle(const Problem &p) {
  if (p.dilationW != 1 &&
      (p.inputChannel != 1 || (p.outputChannel != 1 && p.k != 1)))
    return llvm::formatv("columns that are read together are {0} apart, and "
                         "channels are not contiguous in memory",
                         p.dilationW)
        .str();
  auto hasInputs = [](const WinogradPhases &phases) {
    return phases.inputs > 0;
  };
  if (!llvm::all_of(getRowPhases(p), hasInputs) ||
      !llvm::all_of(getColumnPhases(p), hasInputs))
    return llvm::formatv("dilations of {0}x{1}: some outputs read nothing of "
                         "the image",
                         p.dilationH, p.dilationW)
        .str();
  return std::nullopt;
}

/// Why no schedule computes `p`.
static Obstacle findProblemObstacle(const Problem &p) {
  if (!p.isF32())
    return "its transformations are of f32";
  if (p.r != kWinogradTaps || p.s != kWinogradTaps)
    return llvm::formatv("a window of {0}x{1}: the tables are for 3x3", p.r,
                         p.s)
        .str();
  if (p.strideH != 1 || p.strideW != 1)
    return llvm::formatv("strides of {0}x{1}: tiles of neighbouring outputs "
                         "need 1x1",
                         p.strideH, p.strideW)
        .str();
  if (!p.hasRows || !p.hasColumns)
    return "the window moves along a dimension the image does not have";
  if (p.c == 1)
    return "there is one channel to sum over: transformations would be all "
           "there is to do";
  if (p.inputChannel != 1 && p.inputColumn != 1)
    return "neither channels nor columns of the image are contiguous in memory";
  if (p.outputChannel != 1 && p.outputColumn != 1 && p.k != 1 && p.wo != 1)
    return "neither channels nor columns of the output are contiguous in "
           "memory";
  return findDilationObstacle(p);
}

/// Why a block cannot hold as many images as `schedule` says.
static Obstacle findImagesObstacle(const Problem &p, ScheduleAttr schedule) {
  int64_t images = schedule.getImages();
  if (images == 1)
    return std::nullopt;
  WinogradBlocks blocks(getWinogradPhase(p), getTile(schedule),
                        schedule.getBand(), images);
  if (blocks.blockRows != blocks.rows)
    return llvm::formatv("images = {0}: a band of {1} rows does not have all "
                         "of an image",
                         images, schedule.getBand())
        .str();
  if (ShapedType::isDynamic(p.n))
    return llvm::formatv("images = {0}: the number of images is not known",
                         images)
        .str();
  if (images > p.n)
    return llvm::formatv("images = {0}: there are {1}", images, p.n).str();
  Split split = schedule.getParallel();
  if (split.h != 1)
    return llvm::formatv("images = {0}: parallel = {1} divides the rows of one",
                         images, split)
        .str();
  if (split.n != 1 && p.n % (split.n * images) != 0)
    return llvm::formatv("images = {0}: they do not divide the share of a "
                         "thread",
                         images)
        .str();
  return std::nullopt;
}

/// Why threads cannot divide the work as `schedule` says.
static Obstacle findShareObstacle(const Problem &p, ScheduleAttr schedule) {
  auto [n, g, h, w, k] = schedule.getParallel();
  if (std::max({n, g, h, w, k}) != schedule.getThreads())
    return llvm::formatv("parallel = {0}: threads divide images, groups, rows "
                         "or channels, one of them",
                         schedule.getParallel())
        .str();
  auto isUneven = [&](int64_t extent, int64_t parts) {
    return parts != 1 && (ShapedType::isDynamic(extent) || extent % parts != 0);
  };
  int64_t channels = k * schedule.getCOb();
  if (w != 1 || isUneven(p.n, n) || isUneven(p.g, g) ||
      (k != 1 && (p.k % channels != 0 || p.outputBlock % channels != 0)))
    return llvm::formatv("parallel = {0}: the shares are not equal",
                         schedule.getParallel())
        .str();
  return std::nullopt;
}

static Obstacle findWinogradObstacle(const Problem &p, ScheduleAttr schedule) {
  if (Obstacle obstacle = findProblemObstacle(p))
    return obstacle;
  bool banded = schedule.getForm() == Form::Banded;
  int64_t height = getTile(schedule)[0];
  if (!banded && schedule.getBand() != 0)
    return "form = whole transforms the whole image, band must be 0";
  if (banded && (schedule.getBand() == 0 || schedule.getBand() % height != 0))
    return llvm::formatv("form = banded needs a band of whole tiles of {0} "
                         "rows",
                         height)
        .str();
  if (schedule.getFilter() != FilterForm::Packed)
    return "the windows are transformed where they are packed: needs a packed "
           "filter";
  if (p.inputBlock % schedule.getNVec() != 0)
    return llvm::formatv("blocks of {0} channels are not whole vectors of {1}",
                         p.inputBlock, schedule.getNVec())
        .str();
  if (p.outputBlock != 0 && p.outputBlock % schedule.getCOb() != 0)
    return llvm::formatv("c_ob = {0} does not divide the output's blocks of "
                         "{1} channels",
                         schedule.getCOb(), p.outputBlock)
        .str();
  if (Obstacle obstacle = findImagesObstacle(p, schedule))
    return obstacle;
  if (Obstacle obstacle = findShareObstacle(p, schedule))
    return obstacle;
  return findStoredEpilogueObstacle(p, schedule);
}

//===----------------------------------------------------------------------===//
// Cost
//===----------------------------------------------------------------------===//

static double getImageCount(const Problem &p) {
  return ShapedType::isDynamic(p.n) ? 1.0 : double(p.n);
}

/// Cycles of one of the transformations, of all tiles of `channels`; one of a
/// vector of channels takes `operations`. Loads and stores of the image run
/// beside them; what goes to the planes or comes from there passes between the
/// first cache and L2 and does not.
static double getTransformCycles(const Problem &p, MachineAttr machine,
                                 const WinogradBlocks &blocks,
                                 int64_t operations, int64_t channels,
                                 bool transposes) {
  double lanes = double(machine.getNVec());
  MachineRatesAttr rates = machine.getRates();
  double vectors = std::ceil(double(channels) / lanes);
  double tiles = double(blocks.rows) * double(blocks.columns) * double(p.g) *
                 getImageCount(p);
  double bytes = lanes * kElementBytes;
  double loadTurns = std::max(bytes / rates.getLoadBytes(), 1.0);
  double cycles =
      double(operations) / double(machine.getNFma()) +
      double(blocks.points) * (loadTurns / double(machine.getLoads()) +
                               bytes / rates.getL2Bandwidth());
  // log2(lanes) shuffles, a load and a store for each element of a tile.
  if (transposes)
    cycles += double(blocks.tile[0] + 2) * double(blocks.tile[1]) *
              (std::log2(lanes) * rates.getShuffle() + 1);
  return tiles * vectors * cycles;
}

static double getInputCycles(const Problem &p, MachineAttr machine,
                             const WinogradBlocks &blocks) {
  int64_t operations =
      countProductOperations(WinogradMatrix::getInput(blocks.tile[0]),
                             WinogradMatrix::getInput(blocks.tile[1]));
  return getTransformCycles(p, machine, blocks, operations, p.c,
                            /*transposes=*/p.inputChannel != 1);
}

static double getOutputCycles(const Problem &p, MachineAttr machine,
                              const WinogradBlocks &blocks) {
  int64_t operations =
      countProductOperations(WinogradMatrix::getOutput(blocks.tile[0]),
                             WinogradMatrix::getOutput(blocks.tile[1]));
  return getTransformCycles(p, machine, blocks, operations, p.k,
                            /*transposes=*/p.outputChannel != 1);
}

/// What L3 keeps of a filter of `bytes` from one pass over it to the next, as a
/// share of the filter.
static double getKeptShare(MachineAttr machine, double bytes) {
  double l3 = double(machine.getL3());
  double all = kL3Share * l3, some = kFilterLeavesShare * l3;
  if (bytes <= all)
    return 1;
  double left = std::min(1.0, (bytes - all) / std::max(some - all, 1.0));
  return std::min(1 - (1 - kFilterKeptShare) * left, all / bytes);
}

/// Cycles FMAs wait for the filter, `computed` being those they take. What is
/// fetched ahead comes beside them, up to the bandwidth; from memory it comes
/// too late all the same.
static double getFilterCycles(const Problem &p, MachineAttr machine,
                              const WinogradBlocks &blocks, double filter,
                              double computed) {
  MachineRatesAttr rates = machine.getRates();
  double bytes = blocks.countPasses(getImageCount(p)) * double(p.g) * filter;
  double kept = getKeptShare(machine, filter), left = 1 - kept;
  double stream = bytes * (kept / rates.getL3Bandwidth() +
                           left / rates.getMemoryBandwidth());
  double stall = kept * rates.getAheadStall() + left * rates.getMemoryStall();
  return std::max(bytes / kLineBytes * stall, stream - computed);
}

/// Cycles FMAs wait for the image, the output, and the filter that each block
/// streams.
static double getMemoryCycles(const Problem &p, MachineAttr machine,
                              const WinogradBlocks &blocks, double workspace,
                              double computed) {
  MachineRatesAttr rates = machine.getRates();
  double images = getImageCount(p) * p.g;
  double input = double(p.c) * p.h * p.w * kElementBytes;
  double output = double(p.k) * p.ho * p.wo * kElementBytes;
  double filter = double(blocks.points) * p.c * p.k * kElementBytes;
  double l2 = kStayingShare * machine.getL2();
  double l3 = kL3Share * machine.getL3();
  double cycles = 0;
  if (input + output + filter + workspace > l2) {
    double stall = input + output + filter > l3 ? rates.getMemoryStall()
                                                : rates.getL3Stall();
    cycles +=
        images * (input * stall + output * rates.getAheadStall()) / kLineBytes;
  }
  if (filter + workspace <= l2)
    return cycles;
  return cycles + getFilterCycles(p, machine, blocks, filter, computed);
}

/// Cycles contractions wait for the input at the points, which each block of
/// channels reads again. Of a block that is larger than its share of L2, the
/// part beyond that has left it by then.
static double getPlaneWaits(const Problem &p, MachineAttr machine,
                            const WinogradBlocks &blocks, ScheduleAttr schedule,
                            double workspace) {
  double ofThread = workspace / double(schedule.getThreads());
  double left = 1 - kWorkspaceShare * machine.getL2() / ofThread;
  if (left <= 0)
    return 0;
  double stall = getBufferStall(machine, ofThread, /*byPlanes=*/false);
  WinogradPlanes planes = getWinogradPlanes(p, blocks, schedule.getNVec());
  double lines = double(blocks.points) * double(planes.tiles) *
                 double(planes.channels) * kElementBytes / kLineBytes;
  double reads = std::ceil(double(p.k) / double(schedule.getCOb()));
  return getImageCount(p) * double(p.g) * blocks.countBlocks() * reads * left *
         lines * stall;
}

static Problem getBlockContraction(const Problem &problem,
                                   ScheduleAttr schedule) {
  Problem p = getWinogradPhase(problem);
  return getWinogradContraction(p, getBlocks(p, schedule), schedule.getNVec());
}

/// Cycles that threads wait for each other: those of all threads together.
static double getWaits(const Problem &p, MachineAttr machine,
                       ScheduleAttr schedule, double cycles) {
  auto [n, g, h, w, k] = schedule.getParallel();
  double threads = double(schedule.getThreads());
  if (threads == 1)
    return 0;
  WinogradBlocks blocks = getBlocks(p, schedule);
  double images = getImageCount(p) * double(p.g), teams = 1, waits = 0;
  if (h != 1) {
    teams = images;
    double share = double(blocks.getShare(p.ho, h) * blocks.blockRows);
    waits = cycles * std::max(0.0, share * threads / double(blocks.rows) - 1);
  } else if (k != 1) {
    teams = blocks.countPasses(getImageCount(p)) * double(p.g);
    // Threads transform shares of the input, and wait for each other; or one
    // of them all of it.
    if (getInputShare(p, k, schedule.getNVec()))
      teams *= 2;
    else
      waits = (threads - 1) * getInputCycles(p, machine, blocks);
  }
  return waits + teams * machine.getRates().getFork() * threads;
}

static Cost estimateWinograd(const Problem &problem, MachineAttr machine,
                             ScheduleAttr schedule) {
  Problem p = getWinogradPhase(problem);
  WinogradBlocks blocks = getBlocks(p, schedule);
  Problem contraction = getWinogradContraction(p, blocks, schedule.getNVec());
  Cost cost =
      estimate(contraction, machine, RegisterTile::fromSchedule(schedule));
  cost.cycles *= blocks.countBlocks();
  double workspace = double(getWorkspace(p, schedule)) * kElementBytes;
  cost.cycles += getMemoryCycles(p, machine, blocks, workspace, cost.cycles) +
                 getPlaneWaits(p, machine, blocks, schedule, workspace) +
                 getInputCycles(p, machine, blocks) +
                 getOutputCycles(p, machine, blocks);
  cost.cycles += getWaits(p, machine, schedule, cost.cycles);
  cost.fmaCycles =
      problem.flops() / (2.0 * machine.getNVec() * machine.getNFma());
  RegisterTile tile = RegisterTile::fromSchedule(schedule);
  cost.registers =
      getKernelKind(schedule.getVector())
          .getRegisters(schedule.getBroadcast(), schedule.getNVec(), tile,
                        countSharedTaps(tile, contraction.r, contraction.s));
  return cost;
}

static double getWinogradMoves(const Problem &problem, MachineAttr machine,
                               ScheduleAttr schedule) {
  Problem p = getWinogradPhase(problem);
  WinogradBlocks blocks = getBlocks(p, schedule);
  return getInputCycles(p, machine, blocks) +
         getOutputCycles(p, machine, blocks);
}

//===----------------------------------------------------------------------===//
// Choice
//===----------------------------------------------------------------------===//

/// What threads may divide, and that they divide nothing.
static SmallVector<Split> enumerateParallel(MachineAttr machine) {
  SmallVector<Split> options{{}};
  if (int64_t threads = machine.getThreads(); threads > 1)
    for (auto dimension : {&Split::n, &Split::g, &Split::h, &Split::k})
      options.emplace_back().*dimension = threads;
  return options;
}

/// The schedule for blocks of `blocks.blockRows` rows of tiles.
static Choice chooseForBlocks(const Problem &p, MachineAttr machine,
                              const NamedAlgorithm &named, Form form,
                              const WinogradBlocks &blocks,
                              MLIRContext *context) {
  Problem contraction =
      getWinogradContraction(getWinogradPhase(p), blocks, machine.getNVec());
  Choice choice = chooseSchedule(contraction, machine, named, form, context);
  std::optional<Choice> best;
  for (const Split &parallel : enumerateParallel(machine)) {
    Choice candidate = choice;
    candidate.schedule = choice.schedule.with([&](ScheduleFields &fields) {
      fields.band =
          form == Form::Banded ? blocks.blockRows * blocks.tile[0] : 0;
      fields.images = blocks.images;
      fields.parallel = parallel;
      fields.prefetch = kFilterVectorsAhead * fields.nVec;
      fields.prefetchOutput = 0;
      fields.epilogue = p.heavyEpilogue && p.allowsStoredEpilogue()
                            ? EpilogueForm::Output
                            : EpilogueForm::Registers;
    });
    if (findShareObstacle(p, candidate.schedule) ||
        findImagesObstacle(p, candidate.schedule))
      continue;
    candidate.cost = estimateWinograd(p, machine, candidate.schedule);
    if (!best || candidate.getElapsed() < best->getElapsed())
      best = candidate;
  }
  return *best;
}

static Choice chooseWinograd(const Problem &p, MachineAttr machine,
                             const NamedAlgorithm &named, Form form,
                             MLIRContext *context,
                             std::optional<int64_t> maxWorkspace) {
  WinogradBlocks blocks(getWinogradPhase(p), *named.tile, /*outputRows=*/0,
                        /*images=*/1);
  // What is refused in any case needs no search.
  if (form == Form::Whole || findProblemObstacle(p))
    return chooseForBlocks(p, machine, named, form, blocks, context);
  std::optional<Choice> best;
  size_t numCandidates = 0;
  auto consider = [&](bool isSmallest) {
    Choice choice = chooseForBlocks(p, machine, named, form, blocks, context);
    numCandidates += choice.numCandidates;
    int64_t bytes = getWorkspaceBytes(p, choice.schedule);
    bool fits = bytes <= maxWorkspace.value_or(bytes);
    // The smallest block may still need more than there is.
    bool isBetter = fits && (!best || choice.getElapsed() < best->getElapsed());
    if (isBetter || (!best && isSmallest))
      best = choice;
  };
  // Several images, as evenly as they divide, up to what caches may hold.
  int64_t most = ShapedType::isDynamic(p.n)
                     ? 1
                     : std::min(p.n, ScheduleFields::kMostImages);
  for (int64_t images = 2; images <= most; ++images) {
    blocks.images = images;
    if (llvm::divideCeilSigned(most, llvm::divideCeilSigned(most, images)) !=
        images)
      continue;
    WinogradPlanes planes =
        getWinogradPlanes(getWinogradPhase(p), blocks, machine.getNVec());
    if (double(blocks.points) * double(planes.tiles) * double(planes.channels) *
            kElementBytes >
        kMostBlockShare * machine.getL2())
      break;
    consider(/*isSmallest=*/false);
  }
  blocks.images = 1;
  // Blocks as even as rows of tiles allow, from the largest to the smallest.
  for (int64_t count = 1; count <= blocks.rows; ++count) {
    int64_t rows = llvm::divideCeilSigned(blocks.rows, count);
    if (count > 1 && rows == blocks.blockRows)
      continue;
    blocks.blockRows = rows;
    consider(/*isSmallest=*/rows == 1);
  }
  best->numCandidates = numCandidates;
  return *best;
}

//===----------------------------------------------------------------------===//
// Entry
//===----------------------------------------------------------------------===//

AlgorithmInfo mlir::conv::getWinograd() {
  AlgorithmInfo info{Algorithm::Winograd, applyWinograd, findWinogradObstacle,
                     getBlockContraction, getOnePass,    getWorkspace,
                     getWinogradMoves};
  info.findProblemObstacle = findProblemObstacle;
  info.estimate = estimateWinograd;
  info.choose = chooseWinograd;
  return info;
}
