//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Why a tile or a schedule cannot be: the upper bound of Zhang, Franchetti,
/// Low (2018), section 2.4,
///
///   rows * columns * vectors + vectors + 1  <=  N_reg        stay in registers
///
/// counted on the tiles of the nest, the code of its borders, and what the
/// kernels and layouts do not do.
///
//===----------------------------------------------------------------------===//

#include "conv/Schedule/Legality.h"
#include "conv/Machine/Instructions.h"
#include "conv/Schedule/AlgorithmTraits.h"
#include "conv/Schedule/KernelKinds.h"
#include "conv/Schedule/Nest.h"
#include "conv/Schedule/Parts.h"
#include "conv/Schedule/TapSteps.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

/// Tiles of several rows are unrolled over the window at each of their places.
static std::optional<std::string> findBorderObstacle(const ContractNest &nest) {
  if (nest.tile.rows == 1 || nest.borderCode <= nest.borderCodeLimit)
    return std::nullopt;
  return llvm::formatv("h_ob = {0} at the borders of a {1}x{2} window is code "
                       "of {3} FMAs (limit {4})",
                       nest.tile.rows, nest.r.extent, nest.s.extent,
                       nest.borderCode, nest.borderCodeLimit)
      .str();
}

/// Why a register tile cannot compute images whose size only the program knows.
static std::optional<std::string>
findUnknownImageObstacle(const Problem &p, const RegisterTile &tile) {
  if (!p.hasUnknownImage())
    return std::nullopt;
  if (tile.rows > 1)
    return llvm::formatv("h_ob = {0} on an image of unknown size", tile.rows)
        .str();
  return std::nullopt;
}

std::optional<std::string>
mlir::conv::findTileObstacle(const Problem &problem, MachineAttr machine,
                             const RegisterTile &tile) {
  if (auto obstacle = findUnknownImageObstacle(problem, tile))
    return obstacle;
  int64_t registers =
      getKernelKind(tile.vector)
          .getRegisters(getBroadcast(problem, machine), machine.getNVec(), tile,
                        countSharedTaps(tile, problem.r, problem.s));
  if (registers > machine.getNReg())
    return llvm::formatv("needs {0} vector registers, the machine has {1}",
                         registers, machine.getNReg());
  // Tiles of one row have no more code than they may have.
  if (tile.rows > 1 && problem.isPadded())
    if (auto obstacle = findBorderObstacle(
            buildProblemNest(problem, describeTile(problem, machine, tile))
                .contract))
      return obstacle;
  int64_t channels = tile.getCOb(machine.getNVec());
  if (problem.outputBlock != 0 && problem.outputBlock % channels != 0)
    return llvm::formatv("{0} channels do not divide the output's blocks of "
                         "{1} channels",
                         channels, problem.outputBlock);
  return std::nullopt;
}

/// Why the instruction of `schedule` cannot compute `p`; nothing when it can.
static std::optional<std::string>
findFmaObstacle(const Problem &p, MachineAttr machine, ScheduleAttr schedule) {
  if (auto obstacle = findInstructionObstacle(schedule))
    return obstacle;
  const Instruction &row = *findInstruction(schedule);
  // The plain loops compute in any type.
  if (getTraits(schedule.getAlgorithm()).isReference)
    return std::nullopt;
  if (!p.types)
    return "no instruction is made for its element types";
  if (!(row.types == *p.types) && !row.rebases(*p.types))
    return llvm::formatv("fma = {0} computes {1}, the convolution is {2}",
                         row.name, row.types.str(), p.types->str());
  if (!hasInstruction(machine, row))
    return llvm::formatv("fma = {0} is no instruction of the machine",
                         row.name);
  if (row.k == 1)
    return std::nullopt;
  if (schedule.getFilter() != FilterForm::Packed)
    return llvm::formatv("fma = {0} needs a packed filter", row.name);
  if (schedule.getBroadcast() == Broadcast::Lane)
    return llvm::formatv("fma = {0} takes no lane of a register", row.name);
  if (p.vectorGroups && takesTaps(row)) {
    RegisterTile tile = RegisterTile::fromSchedule(schedule);
    return findTapObstacle(p, schedule.getNVec(), tile.rows, tile.vectors);
  }
  if (p.vectorGroups && !takesSingleChannels(row))
    return llvm::formatv(
        "fma = {0} takes {1} channels at once, a group has one", row.name,
        row.k);
  if (p.inputBlock % row.k != 0)
    return llvm::formatv("fma = {0} takes {1} channels at once, which blocks "
                         "of {2} do not divide into",
                         row.name, row.k, p.inputBlock);
  return std::nullopt;
}

/// Why `schedule` cannot be divided among threads or into bands; nothing when
/// it can.
static std::optional<std::string> findSplitObstacle(const Problem &p,
                                                    const ProblemNest &nest,
                                                    ScheduleAttr schedule) {
  Split split = schedule.getParallel();
  if (schedule.getBand() != 0 && p.unknownColumns && p.isPadded())
    return llvm::formatv("band = {0}: the padded image has columns of unknown "
                         "number",
                         schedule.getBand());
  if ((split.h != 1 && p.unknownRows) || (split.w != 1 && p.unknownColumns))
    return llvm::formatv("parallel = {0}: the image is of unknown size", split);
  const TileRuns &blocks = nest.contract.channels;
  bool areWhole =
      blocks.size() == 1 && blocks.front().size == schedule.getCOb();
  if (split.k != 1 && (!areWhole || countTiles(blocks) % split.k != 0))
    return llvm::formatv("parallel = {0}: {1} output channels are not {2} "
                         "equal parts of blocks of {3}",
                         split, nest.contraction.extents[ContractOp::K],
                         split.k, schedule.getCOb());
  if (split.w != 1 && (p.ho * p.wo) % split.w != 0)
    return llvm::formatv("parallel = {0}: {1} pixels do not divide by {2}",
                         split, p.ho * p.wo, split.w);
  if (split.h != 1 && schedule.getFlatten())
    return llvm::formatv("parallel = {0}: rows are flattened, divide w", split);
  return std::nullopt;
}

std::optional<std::string>
mlir::conv::findStoredEpilogueObstacle(const Problem &p,
                                       ScheduleAttr schedule) {
  if (schedule.getEpilogue() != EpilogueForm::Output ||
      p.allowsStoredEpilogue())
    return std::nullopt;
  return p.changesType
             ? "epilogue = output, but the sums have another type than it"
             : "epilogue = output, but an operand of the epilogue may lie "
               "there";
}

/// Why one of the parts of `schedule` cannot be; nothing where it has none.
static std::optional<std::string> findObstacleOfPart(const Problem &problem,
                                                     MachineAttr machine,
                                                     ScheduleAttr schedule) {
  if (auto obstacle = findPartsObstacle(problem, schedule))
    return obstacle;
  for (const ProblemPart &part : divideIntoParts(problem, schedule))
    if (auto obstacle =
            conv::findObstacle(part.problem, machine, part.schedule))
      return llvm::formatv("output channels {0} to {1}: {2}", part.first,
                           part.first + part.problem.k - 1, *obstacle);
  return std::nullopt;
}

/// A reason, as `formatv` writes it.
template <typename... ArgTs>
static std::optional<std::string> say(const char *format, ArgTs &&...args) {
  return llvm::formatv(format, std::forward<ArgTs>(args)...).str();
}

/// Why no kernel takes the extents of `problem`.
static std::optional<std::string> findExtentObstacle(const Problem &problem) {
  for (auto [name, extent] :
       {std::pair("g", problem.g), std::pair("c", problem.c),
        std::pair("h", problem.h), std::pair("w", problem.w),
        std::pair("k", problem.k), std::pair("r", problem.r),
        std::pair("s", problem.s), std::pair("ho", problem.ho),
        std::pair("wo", problem.wo)}) {
    if (ShapedType::isDynamic(extent))
      return say(
          "dimension '{0}' is dynamic; only batch, rows and columns may be",
          name);
    if (extent == 0)
      return say("dimension '{0}' is empty", name);
  }
  if (problem.n == 0)
    return say("dimension 'n' is empty");
  return std::nullopt;
}

/// Why blocks of channels of the layouts are not those of `schedule`.
static std::optional<std::string>
findBlockedLayoutObstacle(const Problem &p, ScheduleAttr schedule) {
  if (schedule.getCIb() != 0 && p.inputBlock == 0)
    return say("c_ib = {0} needs a blocked input layout", schedule.getCIb());
  if (schedule.getCIb() != p.inputBlock)
    return say("c_ib = {0} but the input has {1} channels per block",
               schedule.getCIb(), p.inputBlock);
  if (p.outputBlock != 0 && p.outputBlock % schedule.getCOb() != 0)
    return say("c_ob = {0} does not divide the output's blocks of {1} channels",
               schedule.getCOb(), p.outputBlock);
  return std::nullopt;
}

std::optional<std::string> mlir::conv::findObstacle(const Problem &problem,
                                                    MachineAttr machine,
                                                    ScheduleAttr schedule) {
  if (auto obstacle = findExtentObstacle(problem))
    return obstacle;
  if (!schedule)
    return std::nullopt;
  if (!schedule.getParts().empty())
    return findObstacleOfPart(problem, machine, schedule);
  if (schedule.getNVec() > machine.getNVec())
    return say("n_vec = {0} is wider than the machine's {1} lanes",
               schedule.getNVec(), machine.getNVec());
  if (auto obstacle = findFmaObstacle(problem, machine, schedule))
    return obstacle;
  Problem p = problem;
  p.fma = findInstruction(schedule);
  RegisterTile tile = RegisterTile::fromSchedule(schedule);
  const KernelKind &kind = getKernelKind(tile.vector);
  if (std::optional<std::string> obstacle = kind.findObstacle(p))
    return obstacle;
  if (kind.findScheduleObstacle)
    if (auto obstacle = kind.findScheduleObstacle(p, schedule))
      return obstacle;
  if (tile.hasPixelVectors()) {
    if (schedule.getBroadcast() == Broadcast::Lane &&
        schedule.getFilter() != FilterForm::Packed)
      return say("broadcast = lane with vector = w needs a packed filter");
  } else if (schedule.getBroadcast() == Broadcast::Lane &&
             (p.vectorGroups || (p.inputChannel != 1 && p.c != 1)))
    return say("broadcast = lane needs contiguous input channels");
  p.flattenable = problem.flattenable && schedule.getFlatten();
  ProblemNest nest = buildProblemNest(p, ScheduleFields(schedule));
  int64_t registers = countRegisters(nest.contract);
  if (registers > machine.getNReg())
    return say("register tile of h_ob = {0}, w_ob = {1}, c_ob = {2} needs {3} "
               "vector registers, the machine has {4}",
               schedule.getHOb(), schedule.getWOb(), schedule.getCOb(),
               registers, machine.getNReg());
  if (schedule.getFlatten() && !problem.flattenable)
    return say("flatten needs a 1x1 window with stride 1, no padding, and rows "
               "that follow each other in memory");
  if (auto obstacle = findStoredEpilogueObstacle(p, schedule))
    return obstacle;
  if (auto obstacle = findBlockedLayoutObstacle(p, schedule))
    return obstacle;
  if (auto obstacle = findUnknownImageObstacle(p, tile))
    return obstacle;
  if (auto obstacle = findBorderObstacle(nest.contract))
    return obstacle;
  if (schedule.getHOb() > 1 && p.ho < 2)
    return say("h_ob = {0} on an output of one row", schedule.getHOb());
  return findSplitObstacle(p, nest, schedule);
}
