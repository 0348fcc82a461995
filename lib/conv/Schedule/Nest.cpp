//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Schedule/Nest.h"

#include "conv/Schedule/AlgorithmTraits.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

//===----------------------------------------------------------------------===//
// Levels
//===----------------------------------------------------------------------===//

std::optional<LevelSizes>
mlir::conv::getShareSizes(const Contraction &contraction,
                          const ScheduleFields &schedule) {
  LevelSizes sizes{};
  bool divides = false;
  for (auto [parts, iterator] :
       llvm::zip_equal(schedule.parallel.getParts(), kShareIterators)) {
    if (parts == 1)
      continue;
    int64_t extent = contraction.extents[iterator];
    sizes[iterator] = llvm::divideCeilSigned(extent, parts);
    divides |= sizes[iterator] < extent;
  }
  return divides ? std::optional(sizes) : std::nullopt;
}

std::optional<Bands> mlir::conv::getBands(const Contraction &contraction,
                                          const ScheduleFields &schedule) {
  int64_t band = schedule.band;
  const AlgorithmTraits &traits = getTraits(schedule.algorithm);
  bool direct = traits.contractsInPlace();
  // Such images are visited row by row.
  bool batched = traits.visitsImagesInside;
  const auto &extents = contraction.extents;
  if (batched && band == 0 && extents[ContractOp::N] != 1)
    band = 1;
  if (band == 0)
    return std::nullopt;
  int64_t rows = extents[ContractOp::Ho];
  bool dynamic = ShapedType::isDynamic(rows);
  if (direct && !dynamic && rows <= band)
    return std::nullopt;
  Bands bands;
  // All sizes stay constant where the result of a transformation is read.
  if (!direct && !dynamic && rows > band && rows % band != 0)
    bands.splitRows = rows / band * band;
  bands.sizes[ContractOp::Ho] = dynamic ? band : std::min(band, rows);
  for (unsigned i : {ContractOp::N, ContractOp::G})
    if (extents[i] != 1 && !(batched && i == ContractOp::N))
      bands.sizes[i] = 1;
  return bands;
}

ScheduleAttr mlir::conv::getInnerSchedule(ScheduleAttr schedule) {
  return schedule.with([](ScheduleFields &fields) {
    fields.consume(ScheduleConsumer::Tiling);
    fields.algorithm = getTraits(fields.algorithm).getInner();
  });
}

//===----------------------------------------------------------------------===//
// The nest
//===----------------------------------------------------------------------===//

/// `part` divided as `sizes` say.
static NestPart enterLevel(NestPart part, bool isThreads,
                           const LevelSizes &sizes) {
  part.levels.push_back({isThreads, part.contraction.extents, sizes});
  part.contraction = part.contraction.tile(sizes);
  return part;
}

static void addBands(NestPart part, ScheduleAttr schedule, Nest &nest) {
  std::optional<Bands> bands =
      getBands(part.contraction, ScheduleFields(schedule));
  if (bands && bands->splitRows != 0) {
    int64_t rows = part.contraction.extents[ContractOp::Ho];
    for (int64_t count : {bands->splitRows, rows - bands->splitRows}) {
      NestPart range = part;
      range.contraction = part.contraction.takeRows(count);
      addBands(std::move(range), schedule, nest);
    }
    return;
  }
  if (bands)
    part = enterLevel(std::move(part), /*isThreads=*/false, bands->sizes);
  part.contract =
      buildContractNest(part.contraction, getInnerSchedule(schedule));
  nest.parts.push_back(std::move(part));
}

Nest mlir::conv::buildNest(const Contraction &contraction,
                           ScheduleAttr schedule) {
  Nest nest;
  NestPart part;
  part.contraction = contraction;
  if (auto sizes = getShareSizes(contraction, ScheduleFields(schedule)))
    part = enterLevel(std::move(part), /*isThreads=*/true, *sizes);
  addBands(std::move(part), schedule, nest);
  return nest;
}

ProblemNest mlir::conv::buildProblemNest(const Problem &problem,
                                         const ScheduleFields &schedule) {
  Contraction contraction = Contraction::fromProblem(problem, schedule.vector);
  return {contraction, buildContractNest(contraction, schedule),
          getShareSizes(contraction, schedule),
          getBands(contraction, schedule)};
}

void ProblemNest::setWalk(const ScheduleFields &schedule) {
  contract.order = getTileOrder(schedule.order);
  contract.inputAhead = schedule.prefetchInput;
  bands = getBands(contraction, schedule);
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static StringRef getIteratorName(unsigned iterator) {
  constexpr StringRef names[] = {"n", "g", "ho", "wo", "k", "r", "s", "c"};
  return names[iterator];
}

/// A number, or null where only the program knows it.
static llvm::json::Value toNumber(int64_t extent) {
  if (ShapedType::isDynamic(extent))
    return nullptr;
  return extent;
}

static llvm::json::Value toJSON(const TileRuns &runs) {
  llvm::json::Array array;
  for (const TileRun &run : runs)
    array.push_back(
        llvm::json::Object{{"begin", run.begin},
                           {"count", toNumber(run.count)},
                           {"size", run.size},
                           {"border", stringifyBorder(run.border)}});
  return array;
}

static llvm::json::Value toJSON(const ContractNest &nest) {
  llvm::json::Array order;
  for (unsigned iterator : nest.order)
    order.push_back(getIteratorName(iterator));
  auto getCounts = [](ArrayRef<ColumnCase> cases) {
    llvm::json::Array counts;
    for (const ColumnCase &columns : cases)
      counts.push_back(llvm::json::Array{columns.count, columns.overhang});
    return counts;
  };
  llvm::json::Value columns = toJSON(nest.columns);
  if (const std::optional<UnknownColumns> &unknown = nest.unknownColumns)
    columns = llvm::json::Object{{"first", unknown->first.count},
                                 {"width", unknown->width},
                                 {"narrow", unknown->narrow},
                                 {"rests", getCounts(unknown->rests)},
                                 {"short_rows", getCounts(unknown->shortRows)}};
  return llvm::json::Object{{"images", toNumber(nest.images)},
                            {"groups", toNumber(nest.groups)},
                            {"order", std::move(order)},
                            {"channels", toJSON(nest.channels)},
                            {"rows", toJSON(nest.rows)},
                            {"columns", std::move(columns)},
                            {"lanes", nest.lanes},
                            {"vector", stringifyVectorIterator(nest.vector)},
                            {"broadcast", stringifyBroadcast(nest.broadcast)},
                            {"vector_input", nest.vectorInput},
                            {"r", nest.r.extent},
                            {"s", nest.s.extent},
                            {"c", nest.c.extent},
                            {"channel_block", nest.channelBlock},
                            {"unroll", nest.unroll},
                            {"window", stringifyWindowForm(nest.window)},
                            {"hides_taps", nest.hidesTaps},
                            {"packed_filter", nest.packedFilter},
                            {"filter_ahead", nest.filterAhead},
                            {"input_ahead", nest.inputAhead},
                            {"output_ahead", nest.outputAhead}};
}

llvm::json::Value mlir::conv::toJSON(const Nest &nest) {
  llvm::json::Array parts;
  for (const NestPart &part : nest.parts) {
    llvm::json::Array levels;
    for (const NestLevel &level : part.levels) {
      llvm::json::Array loops;
      for (unsigned i = 0; i < ContractOp::NumIterators; ++i)
        if (level.sizes[i] != 0)
          loops.push_back(
              llvm::json::Object{{"iterator", getIteratorName(i)},
                                 {"extent", toNumber(level.extents[i])},
                                 {"step", level.sizes[i]}});
      levels.push_back(llvm::json::Object{{"threads", level.isThreads},
                                          {"loops", std::move(loops)}});
    }
    parts.push_back(llvm::json::Object{{"levels", std::move(levels)},
                                       {"contract", ::toJSON(part.contract)}});
  }
  return llvm::json::Object{{"parts", std::move(parts)}};
}
