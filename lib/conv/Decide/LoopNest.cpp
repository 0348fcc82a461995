//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
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

/// What the loops run over: 1x1 convolutions may have one dimension of pixels,
/// depthwise ones vectors of groups, blocked ones a loop over blocks.
class LoopNestWriter {
public:
  LoopNestWriter(const Problem &problem, ScheduleAttr schedule)
      : problem(problem), schedule(schedule),
        contraction(getAlgorithmInfo(schedule.getAlgorithm())
                        .getContraction(problem, schedule)),
        traits(getTraits(schedule.getAlgorithm())), channel(getChannelName()) {}

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
                         channel == "g" ? "groups" : "output channels")
               .str());
  }

  /// One share per thread; the extents below are those of a share.
  void writeThreads() {
    if (schedule.getThreads() == 1)
      return;
    std::string text;
    for (auto [parts, name] :
         llvm::zip(schedule.getParallel().getParts(),
                   std::array<StringRef, 5>{"n", "g", "ho", "wo", "k"}))
      if (parts != 1)
        text += (text.empty() ? "" : ", ") +
                llvm::formatv("{0} parts of {1}", parts,
                              schedule.getFlatten() && name == "wo" ? "pixels"
                                                                    : name)
                    .str();
    line("forall " + text +
         llvm::formatv("  // {0} threads", schedule.getThreads()).str());
    ++depth;
  }
  int64_t getShare(int64_t extent, unsigned letter) const {
    int64_t parts = schedule.getParallel().getParts()[letter];
    return ShapedType::isDynamic(extent)
               ? extent
               : llvm::divideCeilSigned(extent, parts);
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
    writeColumns("tiles", contraction.wo);
    writeAccumulators(contraction.wo, "m", "acc");
    depth = outside;
    line("out = " + getEpilogue("A m A^T"));
  }

  /// direct and the algorithms that gather.
  void writeBands() {
    bool banded = schedule.getForm() == Form::Banded;
    writePacking();
    if (gathers() && !banded)
      writeTransformation(false);
    writeThreads();
    int64_t images = getShare(problem.n, 0), groups = getGroups();
    int64_t rows = getShare(getRows(), 2);
    Contraction share;
    share.extents[ContractOp::N] = images;
    share.extents[ContractOp::G] = groups;
    share.extents[ContractOp::Ho] = rows;
    std::optional<Bands> bands = getBands(share, ScheduleFields(schedule));
    // MEC's first arrangement takes the rows of all images together.
    bool imagesInside = bands && bands->sizes[ContractOp::N] == 0;
    if (!imagesInside)
      loop("n", images);
    loop(getGroupName(), groups);
    if (bands) {
      int64_t band = bands->sizes[ContractOp::Ho];
      loop("band", rows, band, "  // rows of the output");
      rows = band;
    }
    if (banded)
      writeTransformation(true);
    if (imagesInside)
      loop("n", images);
    writeTile(rows, getShare(getColumns(), 3), "out",
              getEpilogue(hasLaneSums() ? "sum of lanes(acc)" : "acc"));
  }

  /// kn2row and its relatives: a product per tap.
  void writeProducts() {
    writePacking();
    if (traits.sums == TapSums::InPlace) {
      // Taps of one sum are divided among threads together.
      writeThreads();
      writeTaps();
      loop("n", getShare(problem.n, 0));
      loop("g", getShare(problem.g, 1));
      writeTile(getShare(contraction.ho, 2), contraction.wo, "out",
                "acc + out" + getFirstAndLast());
      return;
    }
    bool all = traits.sums == TapSums::AtOnce;
    loop("n", problem.n);
    unsigned outside = depth;
    writeTaps();
    unsigned inside = depth;
    writeThreads();
    loop("g", getShare(problem.g, 1));
    writeTile(getShare(contraction.ho, 2), contraction.wo,
              all ? "t[r][s]" : "t", "acc");
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

  int64_t getGroups() const {
    if (contraction.vectorGroups || mergesGroups())
      return 1;
    if (problem.outputBlock != 0)
      return problem.k / problem.outputBlock;
    return getShare(problem.g, 1);
  }
  StringRef getGroupName() const {
    return problem.outputBlock != 0 ? "block of k" : "g";
  }
  int64_t getRows() const { return schedule.getFlatten() ? 1 : contraction.ho; }
  int64_t getColumns() const {
    return schedule.getFlatten() ? contraction.ho * contraction.wo
                                 : contraction.wo;
  }
  int64_t getOutputs() const {
    if (contraction.vectorGroups)
      return contraction.g;
    if (mergesGroups())
      return contraction.g * contraction.k;
    return problem.outputBlock != 0 ? problem.outputBlock : contraction.k;
  }

  /// A decision for vectors of groups is direct's alone.
  StringRef getChannelName() const {
    if (contraction.vectorGroups)
      return "g";
    return mergesGroups() ? "gk" : "k";
  }
  bool mergesGroups() const {
    return schedule.getVector() == VectorIterator::G;
  }
  bool hasLaneSums() const { return schedule.getVector() == VectorIterator::C; }
  bool hasPixelVectors() const {
    return schedule.getVector() == VectorIterator::W;
  }
  bool hasColumnPairs() const {
    return schedule.getVector() == VectorIterator::KW;
  }

  /// "14" or "12 and 11": columns are divided evenly, with vector = w whole
  /// vectors of them, the last of which may be partial, with vector = kw pairs.
  std::string getWidths(int64_t columns, int64_t width) const {
    int64_t lanes =
        RegisterTile::fromSchedule(schedule).getColumnUnit(schedule.getNVec());
    SizeRuns parts =
        splitBalanced(llvm::divideCeilSigned(columns, lanes), width / lanes);
    if (parts.empty())
      return std::to_string(width);
    int64_t wide = lanes * parts.front().second;
    if (parts.size() == 1)
      return std::to_string(wide);
    return llvm::formatv("{0} and {1}", wide, lanes * parts.back().second);
  }

  void writeColumns(StringRef name, int64_t columns) {
    if (columns <= schedule.getWOb())
      return;
    line(llvm::formatv("for {0} in 0..{1} by {2}", name, columns,
                       getWidths(columns, schedule.getWOb()))
             .str());
    ++depth;
  }

  /// The loops around the register tile, and the tile.
  void writeTile(int64_t rows, int64_t columns, StringRef target,
                 StringRef result) {
    auto writeChannels = [&] {
      loop(channel, getShare(getOutputs(), 4), schedule.getCOb());
    };
    auto writeRows = [&] { loop("ho", rows, schedule.getHOb()); };
    auto writePixels = [&] {
      writeColumns(schedule.getFlatten() ? "pixels" : "wo", columns);
    };
    switch (schedule.getOrder()) {
    case LoopOrder::KHW:
      writeChannels();
      writeRows();
      writePixels();
      break;
    case LoopOrder::HKW:
      writeRows();
      writeChannels();
      writePixels();
      break;
    case LoopOrder::HWK:
      writeRows();
      writePixels();
      writeChannels();
      break;
    }
    writeAccumulators(columns, target, result);
  }

  void writeAccumulators(int64_t columns, StringRef target, StringRef result) {
    // The accumulators: rows, then columns and vectors of channels, or vectors
    // of columns and channels.
    std::string tile;
    if (schedule.getHOb() != 1)
      tile = llvm::formatv("[{0}]", schedule.getHOb());
    int64_t lanes = schedule.getNVec();
    if (hasPixelVectors())
      tile += llvm::formatv("[{0}][{1}]",
                            std::min(llvm::divideCeilSigned(columns, lanes),
                                     schedule.getWOb() / lanes),
                            std::min(getOutputs(), schedule.getCOb()));
    else if (hasColumnPairs())
      tile += llvm::formatv(
          "[{0}][{1}]",
          llvm::divideCeilSigned(std::min(columns, schedule.getWOb()), 2),
          2 * schedule.getCOb() / lanes);
    else
      tile += llvm::formatv("[{0}][{1}]", std::min(columns, schedule.getWOb()),
                            hasLaneSums()
                                ? std::min(getOutputs(), schedule.getCOb())
                                : schedule.getCOb() / lanes);
    line(llvm::formatv("acc{0} = 0  // vectors of {1}", tile, lanes).str());
    writeReduction();
    line(target + " = " + result);
  }

  void writeReduction() {
    SmallVector<std::string> loops;
    // The taps of kn2 are outside.
    SmallVector<std::pair<StringRef, int64_t>> extents{
        {"r", isKn2() ? 1 : contraction.r}, {"s", isKn2() ? 1 : contraction.s}};
    if (!contraction.vectorGroups)
      extents.push_back({"c", contraction.c});
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
    StringRef shared = hasPixelVectors() ? "r" : "s";
    int64_t sharedTaps = hasPixelVectors() ? contraction.r : contraction.s;
    if (schedule.getShare())
      llvm::erase_if(loops,
                     [&](StringRef text) { return text.starts_with(shared); });
    if (hasLaneSums() && contraction.c > 1)
      loops.back() += llvm::formatv(" step {0}", schedule.getNVec());
    if (gathers() && !traits.hasTile)
      loops = {llvm::formatv("window in 0..{0}", window).str()};
    bool open = window > 1;
    if (open) {
      line("for " + llvm::join(loops, ", ") +
           llvm::formatv("  // {0} steps per iteration", schedule.getUnroll())
               .str());
      ++depth;
    }
    StringRef image = traits.hasTile ? "v" : gathers() ? "t" : "x";
    std::string input = image.str(), filter = "f";
    std::string &scalar = hasPixelVectors() ? filter : input;
    if (schedule.getShare() && sharedTaps > 1)
      filter += llvm::formatv("[{0} taps]", sharedTaps);
    if (mergesGroups())
      input = "lanes(" + input + ")";
    else if (hasColumnPairs())
      input = "halves(" + input + ")";
    else if (!hasLaneSums() && (hasPixelVectors() || !contraction.vectorGroups))
      scalar = (schedule.getBroadcast() == Broadcast::Lane ? "lane("
                                                           : "broadcast(") +
               scalar + ")";
    SmallVector<std::string> ahead;
    if (schedule.getPrefetch() != 0)
      ahead.push_back(llvm::formatv("f prefetched {0} elements ahead",
                                    schedule.getPrefetch()));
    auto addTiles = [&](StringRef what, int64_t tiles) {
      if (tiles != 0)
        ahead.push_back(llvm::formatv(
            "{0} {1} ahead", what,
            tiles == 1 ? "a tile" : std::to_string(tiles) + " tiles"));
    };
    addTiles(image, schedule.getPrefetchInput());
    addTiles("y", schedule.getPrefetchOutput());
    line("acc += " + input + " * " + filter +
         (ahead.empty() ? "" : "  // " + llvm::join(ahead, ", ")));
    if (open)
      --depth;
  }

  const Problem &problem;
  ScheduleAttr schedule;
  Problem contraction;
  const AlgorithmTraits &traits;
  StringRef channel;
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
