//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Draws what runs under a schedule. All loops of contractions are those of the
/// nest that the kernels are emitted from (Nest.h); what an algorithm does
/// around them, and the names, are written here.
///
//===----------------------------------------------------------------------===//

#include "conv/Decide/LoopNest.h"

#include "conv/Algorithms/Algorithms.h"
#include "conv/Schedule/Nest.h"
#include "conv/Schedule/Parts.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::conv;

namespace {

/// Where a nest is divided into ranges of rows, each is drawn.
class LoopNestWriter {
public:
  LoopNestWriter(const Problem &problem, ScheduleAttr schedule)
      : problem(problem), schedule(schedule),
        traits(getTraits(schedule.getAlgorithm())) {
    if (traits.isReference)
      return;
    Problem contracted = getAlgorithmInfo(schedule.getAlgorithm())
                             .getContraction(problem, schedule);
    contracted.flattenable = schedule.getFlatten();
    hasVectorGroups = contracted.vectorGroups;
    Contraction contraction =
        Contraction::fromProblem(contracted, schedule.getVector());
    // The problem has an image that stands for all.
    if (contracted.unknownRows)
      contraction.extents[ContractOp::Ho] = contraction.rows.size =
          ShapedType::kDynamic;
    if (contracted.unknownColumns)
      contraction.extents[ContractOp::Wo] = contraction.columns.size =
          ShapedType::kDynamic;
    // Its bands are those of the transformations.
    if (traits.hasTile)
      nest.parts.push_back(
          {{},
           contraction,
           buildContractNest(contraction, getInnerSchedule(schedule))});
    else
      nest = buildNest(contraction, schedule);
    enter(nest.parts.front());
  }

  SmallVector<std::string> write() {
    if (traits.isReference)
      writeNaive();
    else if (traits.hasTile)
      writeWinograd();
    else if (isKn2())
      writeProducts();
    else
      writeBands();
    return std::move(lines);
  }

private:
  /// Draws `entered` from here on.
  void enter(const NestPart &entered) {
    part = &entered;
    contract = &entered.contract;
  }
  bool isKn2() const { return traits.input == ContractionInput::ImagePerTap; }
  bool gathers() const { return traits.input == ContractionInput::Gathered; }

  void line(const Twine &text) {
    lines.push_back(std::string(2 * depth, ' ') + text.str());
  }
  static std::string number(int64_t extent) {
    return ShapedType::isDynamic(extent) ? "?" : std::to_string(extent);
  }
  /// Opens a loop unless it has a single iteration.
  void loop(StringRef name, int64_t extent, int64_t step = 1,
            const Twine &note = "") {
    if (extent <= step && !ShapedType::isDynamic(extent))
      return;
    std::string text = llvm::formatv("for {0} in 0..{1}", name, number(extent));
    if (step > 1)
      text += llvm::formatv(" step {0}", step);
    line(text + note);
    ++depth;
  }

  void writeNaive() {
    loop("n", problem.n);
    loop("g", problem.g);
    loop("ho", problem.ho);
    loop("wo", problem.wo);
    loop("k", problem.k);
    line("sum = 0");
    loop("r", problem.r);
    loop("s", problem.s);
    loop("c", problem.c);
    line("sum += x * f");
    depth -= countLoops({problem.r, problem.s, problem.c});
    line("out = " + getEpilogue("sum"));
  }

  static unsigned countLoops(ArrayRef<int64_t> extents) {
    return llvm::count_if(extents, [](int64_t extent) { return extent > 1; });
  }

  /// "clamp(acc + out + bias + residual)", of what there is.
  std::string getEpilogue(StringRef value) const {
    std::string text = value.str();
    if (problem.hasBias)
      text += " + bias";
    if (problem.accumulates)
      text += " + out";
    if (problem.hasResidual)
      text += " + residual";
    if (problem.heavyEpilogue || problem.changesType)
      return "epilogue(" + text + ")";
    return problem.hasClamp ? "clamp(" + text + ")" : text;
  }

  void writePacking() {
    if (schedule.getFilter() == FilterForm::Packed)
      line(llvm::formatv("pack f in blocks of {0} {1}", schedule.getCOb(),
                         hasVectorGroups ? "groups" : "output channels")
               .str());
  }

  const NestLevel *findLevel(bool isThreads) const {
    const auto *level =
        llvm::find_if(part->levels, [&](const NestLevel &candidate) {
          return candidate.isThreads == isThreads;
        });
    return level == part->levels.end() ? nullptr : level;
  }
  /// What is left of an iterator inside of all levels; the most that a tile of
  /// them has where they are not equal.
  int64_t getExtent(unsigned iterator) const {
    int64_t extent = part->contraction.extents[iterator];
    if (ShapedType::isDynamic(extent))
      for (const NestLevel &level : part->levels)
        if (level.sizes[iterator] != 0)
          extent = level.sizes[iterator];
    return extent;
  }

  /// One share per thread; the extents below are those of a share.
  void writeThreads() {
    const NestLevel *level = findLevel(/*isThreads=*/true);
    if (!level)
      return;
    std::string text;
    for (auto [iterator, name] :
         llvm::zip(kShareIterators,
                   std::array<StringRef, 5>{"n", "g", "ho", "wo", "k"})) {
      int64_t extent = level->extents[iterator], size = level->sizes[iterator];
      if (size == 0 || size >= extent)
        continue;
      bool isPixels = schedule.getFlatten() && iterator == ContractOp::Wo;
      bool isGroups = hasVectorGroups && iterator == ContractOp::K;
      text += (text.empty() ? "" : ", ") +
              llvm::formatv("{0} parts of {1}",
                            llvm::divideCeilSigned(extent, size),
                            isPixels   ? "pixels"
                            : isGroups ? "g"
                                       : name)
                  .str();
    }
    line("forall " + text +
         llvm::formatv("  // {0} threads", schedule.getThreads()).str());
    ++depth;
  }

  void writeTransformation(bool banded) {
    line(llvm::formatv("t = {0}(x{1})  // {2} bytes",
                       stringifyAlgorithm(traits.algorithm),
                       banded ? " for these rows" : "",
                       getWorkspaceBytes(problem, schedule) /
                           (banded ? schedule.getThreads() : 1))
             .str());
  }

  /// Blocks of rows of tiles, each passing over the filter once.
  void writeWinograd() {
    WinogradTile tile = *schedule.getTile();
    int64_t points = getWinogradPoints(tile);
    line(llvm::formatv("pack G f G^T at {0} points in blocks of {1} output "
                       "channels",
                       points, schedule.getCOb())
             .str());
    loop("phase", problem.dilationH * problem.dilationW, 1,
         "  // rows and columns a dilation apart");
    loop("n", problem.n, schedule.getImages());
    loop("g", problem.g);
    int64_t rows = llvm::divideCeilSigned(problem.ho, problem.dilationH);
    if (schedule.getBand() != 0)
      loop("band", rows, schedule.getBand(), "  // rows of the output");
    line(llvm::formatv("v = B x B^T for tiles of {0}x{1}  // with m {2} bytes",
                       tile[0], tile[1], getWorkspaceBytes(problem, schedule))
             .str());
    loop("k", problem.k, schedule.getCOb());
    unsigned outside = depth;
    loop("point", points);
    writeColumns("tiles");
    writeAccumulators("m", "acc");
    depth = outside;
    line("out = " + getEpilogue("A m A^T"));
  }

  /// direct and the algorithms that gather.
  void writeBands() {
    bool banded = schedule.getForm() == Form::Banded;
    writePacking();
    if (gathers() && !banded)
      writeTransformation(false);
    // All ranges of rows are parts of the same shares.
    writeThreads();
    unsigned outside = depth;
    int64_t first = 0;
    for (const NestPart &range : nest.parts) {
      enter(range);
      if (nest.parts.size() > 1) {
        int64_t rows = range.levels.back().extents[ContractOp::Ho];
        line(llvm::formatv("rows {0} to {1}:", first, first + rows - 1).str());
        first += rows;
        ++depth;
      }
      writeBand(banded);
      depth = outside;
    }
  }

  void writeBand(bool banded) {
    if (const NestLevel *bands = findLevel(/*isThreads=*/false)) {
      if (bands->sizes[ContractOp::N] != 0)
        loop("n", bands->extents[ContractOp::N]);
      if (bands->sizes[ContractOp::G] != 0)
        loop(getGroupName(), bands->extents[ContractOp::G]);
      loop("band", bands->extents[ContractOp::Ho], bands->sizes[ContractOp::Ho],
           "  // rows of the output");
    }
    if (banded)
      writeTransformation(true);
    loop("n", getExtent(ContractOp::N));
    loop(getGroupName(), getExtent(ContractOp::G));
    writeTile("out", getEpilogue(contract->hasLaneSums() ? "sum of lanes(acc)"
                                                         : "acc"));
  }

  /// kn2row and its relatives: a product per tap.
  void writeProducts() {
    writePacking();
    if (traits.sums == TapSums::InPlace) {
      // Taps of one sum are divided among threads together.
      writeThreads();
      writeTaps();
      loop("n", getExtent(ContractOp::N));
      loop("g", getExtent(ContractOp::G));
      writeTile("out", "acc + out" + getFirstAndLast());
      return;
    }
    bool all = traits.sums == TapSums::AtOnce;
    loop("n", problem.n);
    unsigned outside = depth;
    writeTaps();
    unsigned inside = depth;
    writeThreads();
    loop("g", getExtent(ContractOp::G));
    writeTile(all ? "t[r][s]" : "t", "acc");
    depth = all ? outside : inside;
    if (all)
      writeTaps();
    line(llvm::formatv("out += {0} shifted by the tap{1}; t: {2} bytes",
                       all ? "t[r][s]" : "t", getFirstAndLast(),
                       getWorkspaceBytes(problem, schedule))
             .str());
  }

  void writeTaps() {
    loop("r", problem.r);
    loop("s", problem.s);
  }

  /// When a sum over taps meets the epilogue.
  std::string getFirstAndLast() const {
    std::string text = "  // the first tap ";
    text += problem.accumulates ? "adds to out" : "overwrites out";
    if (problem.hasBias)
      text += " and adds the bias";
    if (problem.hasResidual)
      text += " and adds the residual";
    if (problem.heavyEpilogue)
      text += ", the last one runs the epilogue";
    else if (problem.hasClamp)
      text += ", the last one clamps";
    return text;
  }

  StringRef getGroupName() const {
    return problem.outputBlock != 0 ? "block of k" : "g";
  }
  StringRef getChannelName() const {
    if (hasVectorGroups)
      return "g";
    return contract->hasMergedGroups() ? "gk" : "k";
  }

  /// The largest of `sizes`.
  static int64_t getLargest(const SizeRuns &sizes) {
    int64_t largest = 1;
    for (auto [count, size] : sizes)
      largest = std::max(largest, size);
    return largest;
  }
  /// The sizes of the tiles of columns, in whole accumulators, of which the
  /// last one of a row may be partial. Those of rows whose length only the
  /// program knows have their largest.
  SizeRuns getWidths() const {
    int64_t group = contract->getGroupSize();
    if (const auto &unknown = contract->unknownColumns)
      return {{ShapedType::kDynamic, unknown->width}};
    SizeRuns widths = countSizes(contract->columns, group);
    for (auto &[count, width] : widths)
      width *= group;
    return widths;
  }

  /// "14" or "12 and 11".
  void writeColumns(StringRef name) {
    if (!contract->unknownColumns && countTiles(contract->columns) == 1)
      return;
    SmallVector<std::string> texts;
    for (auto [count, width] : getWidths())
      if (std::string text = std::to_string(width);
          !llvm::is_contained(texts, text))
        texts.push_back(text);
    line(llvm::formatv("for {0} in 0..{1} by {2}", name,
                       number(getExtent(ContractOp::Wo)),
                       llvm::join(texts, " and "))
             .str());
    ++depth;
  }

  /// The loops around the register tile, and the tile.
  void writeTile(StringRef target, StringRef result) {
    for (unsigned iterator : contract->order)
      switch (iterator) {
      case ContractOp::K:
        loop(getChannelName(), getExtent(ContractOp::K), schedule.getCOb());
        break;
      case ContractOp::Ho:
        loop("ho", getExtent(ContractOp::Ho), contract->tile.rows);
        break;
      default:
        writeColumns(schedule.getFlatten() ? "pixels" : "wo");
        break;
      }
    writeAccumulators(target, result);
  }

  /// The accumulators: rows, then what holds columns, and vectors of channels
  /// or channels.
  void writeAccumulators(StringRef target, StringRef result) {
    std::string tile;
    if (contract->tile.rows != 1)
      tile = llvm::formatv("[{0}]", contract->tile.rows);
    tile += llvm::formatv(
        "[{0}][{1}]",
        llvm::divideCeilSigned(getLargest(getWidths()),
                               contract->getGroupSize()),
        llvm::divideCeilSigned(getLargest(countSizes(contract->channels)),
                               contract->getChannelLanes()));
    line(llvm::formatv("acc{0} = 0  // vectors of {1}", tile, contract->lanes)
             .str());
    writeReduction();
    line(target + " = " + result);
  }

  void writeReduction() {
    SmallVector<std::string> loops;
    // The taps of kn2 are outside.
    SmallVector<std::pair<StringRef, int64_t>> extents{
        {"r", isKn2() ? 1 : contract->r.extent},
        {"s", isKn2() ? 1 : contract->s.extent},
        {"c", contract->c.extent}};
    // Transformations order the window as they store it: its dimensions, the
    // innermost last, rather than their names.
    int64_t window = 1;
    for (auto [name, extent] : extents) {
      window *= extent;
      if (extent > 1)
        loops.push_back(llvm::formatv("{0} in 0..{1}", name, extent));
    }
    // A row of taps is one step, of a vector of channels; along pixels a
    // column of them.
    bool alongPixels = contract->hasPixelVectors();
    StringRef shared = alongPixels ? "r" : "s";
    int64_t sharedTaps = alongPixels ? contract->r.extent : contract->s.extent;
    if (schedule.getShare())
      llvm::erase_if(loops,
                     [&](StringRef text) { return text.starts_with(shared); });
    if (contract->hasLaneSums() && contract->c.extent > 1)
      loops.back() += llvm::formatv(" step {0}", contract->lanes);
    if (gathers() && !traits.hasTile)
      loops = {llvm::formatv("window in 0..{0}", window).str()};
    bool open = window > 1;
    if (open) {
      line("for " + llvm::join(loops, ", ") +
           llvm::formatv("  // {0} step{1} per iteration", contract->unroll,
                         contract->unroll == 1 ? "" : "s")
               .str());
      ++depth;
    }
    StringRef image = traits.hasTile ? "v" : gathers() ? "t" : "x";
    std::string input = image.str(), filter = "f";
    std::string &scalar = alongPixels ? filter : input;
    if (schedule.getShare() && sharedTaps > 1)
      filter += llvm::formatv("[{0} taps]", sharedTaps);
    if (contract->hasMergedGroups())
      input = "lanes(" + input + ")";
    else if (contract->hasColumnPairs())
      input = "halves(" + input + ")";
    else if (!contract->hasLaneSums() && !contract->vectorInput)
      scalar =
          (contract->broadcast == Broadcast::Lane ? "lane(" : "broadcast(") +
          scalar + ")";
    SmallVector<std::string> ahead;
    if (contract->filterAhead != 0)
      ahead.push_back(llvm::formatv("f prefetched {0} elements ahead",
                                    contract->filterAhead));
    auto addTiles = [&](StringRef what, int64_t tiles) {
      if (tiles != 0)
        ahead.push_back(llvm::formatv(
            "{0} {1} ahead", what,
            tiles == 1 ? "a tile" : std::to_string(tiles) + " tiles"));
    };
    addTiles(image, contract->inputAhead);
    addTiles("y", contract->outputAhead);
    line("acc += " + input + " * " + filter +
         (ahead.empty() ? "" : "  // " + llvm::join(ahead, ", ")));
    if (open)
      --depth;
  }

  const Problem &problem;
  ScheduleAttr schedule;
  const AlgorithmTraits &traits;
  bool hasVectorGroups = false;
  Nest nest;
  /// What is being drawn of it.
  const NestPart *part = nullptr;
  const ContractNest *contract = nullptr;
  SmallVector<std::string> lines;
  unsigned depth = 0;
};

} // namespace

SmallVector<std::string> mlir::conv::drawLoopNest(const Problem &problem,
                                                  ScheduleAttr schedule) {
  if (schedule.getParts().empty())
    return LoopNestWriter(problem, schedule).write();
  SmallVector<std::string> lines;
  for (const ProblemPart &part : divideIntoParts(problem, schedule)) {
    lines.push_back(llvm::formatv("output channels {0} to {1}:", part.first,
                                  part.first + part.problem.k - 1));
    for (const std::string &line :
         LoopNestWriter(part.problem, part.schedule).write())
      lines.push_back("  " + line);
  }
  return lines;
}
