//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What algorithms share that gather the image before the contraction:
///
///   a = gather(x)                       letters of `order`, zeros included
///   out = contract(a, filter)           no border left: every index is inside
///
//===----------------------------------------------------------------------===//

#include "Gather.h"

#include "Operands.h"
#include "Rebase.h"
#include "conv/Schedule/CostModel.h"
#include "conv/Schedule/MemoryModel.h"
#include "conv/Schedule/MemoryRates.h"
#include "conv/Schedule/ModelConstants.h"
#include "conv/Schedule/Nest.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::conv;

/// Extent of a letter of a gathered image, with `rows` output rows at a time.
static int64_t getLetterExtent(const Problem &p, char letter, int64_t n,
                               int64_t g, int64_t rows) {
  switch (letter) {
  case 'n':
    return n;
  case 'g':
    return g;
  case 'c':
    return p.c;
  case 'h':
    return rows;
  case 'w':
    return p.wo;
  case 'r':
    return p.r;
  case 's':
    return p.s;
  case 'p':
    return rows == p.ho ? p.lowH + p.h + p.highH
                        : (rows - 1) * p.strideH + (p.r - 1) * p.dilationH + 1;
  case 'q':
    return p.lowW + p.w + p.highW;
  }
  llvm_unreachable("not a letter of a gathered image");
}

int64_t mlir::conv::getGatherElements(const Problem &p, StringRef order,
                                      ScheduleAttr schedule) {
  int64_t images = ShapedType::isDynamic(p.n) ? 1 : p.n, groups = p.g;
  int64_t rows = p.ho, copies = 1;
  if (schedule.getForm() == Form::Banded) {
    // What a band of a thread's share has of each dimension.
    Split split = schedule.getParallel();
    Contraction share;
    share.extents[ContractOp::N] = llvm::divideCeilSigned(images, split.n);
    share.extents[ContractOp::G] = groups;
    share.extents[ContractOp::Ho] = p.ho / split.h;
    std::optional<Bands> bands = getBands(share, ScheduleFields(schedule));
    Contraction band = bands ? share.tile(bands->sizes) : share;
    images = band.extents[ContractOp::N];
    groups = band.extents[ContractOp::G];
    rows = bands ? bands->sizes[ContractOp::Ho] : share.extents[ContractOp::Ho];
    copies = schedule.getThreads();
  }
  int64_t count = copies;
  for (char letter : order)
    count = multiplyElements(count,
                             getLetterExtent(p, letter, images, groups, rows));
  return count;
}

/// Cycles to copy runs of `run` elements each, `elements` in all.
static double getCopyCycles(MachineAttr machine, double elements, double run) {
  MachineRatesAttr rates = machine.getRates();
  return elements / run *
         (rates.getCopyRun() +
          rates.getCopyVector() * std::ceil(run / machine.getNVec()));
}

/// Cycles to transpose `elements` whose image has `across` that are contiguous
/// there, and `along` that are in the result, in squares of vectors. Loads run
/// beside.
static double getTransposeCycles(MachineAttr machine, double elements,
                                 int64_t across, int64_t along) {
  int64_t lanes = machine.getNVec();
  MachineRatesAttr rates = machine.getRates();
  double cycles =
      double(countTransposeShuffles(lanes, across)) * rates.getShuffle() +
      double(across) * rates.getStore();
  return elements / double(across * along) *
         double(llvm::divideCeilSigned(along, lanes)) * cycles;
}

double mlir::conv::getGatherCycles(const Problem &p, MachineAttr machine,
                                   StringRef order, ScheduleAttr schedule) {
  double images = ShapedType::isDynamic(p.n) ? 1.0 : double(p.n);
  double copies = images * p.g;
  // Bands of padded rows gather the rows they share with the next again.
  bool padded = order.contains('p');
  double rows = p.ho, bands = 1;
  if (padded && schedule.getBand() != 0) {
    rows = schedule.getBand();
    bands = double(p.ho) / rows;
  }
  double elements = bands;
  for (char letter : order)
    elements *= getLetterExtent(p, letter, 1, 1, rows);

  // What follows each other in image and result, as the lowering finds it.
  MachineRatesAttr rates = machine.getRates();
  auto extent = [&](char letter) {
    return getLetterExtent(p, letter, 1, 1, p.ho);
  };
  bool channelsLast = p.inputChannel == 1;
  char last = order.back();
  double cycles;
  if (last == 'c' && channelsLast) {
    // S neighbouring columns of all channels are one run.
    bool wholeRow = order.ends_with("sc") && p.dilationW == 1;
    double run = p.c * (wholeRow ? p.s : 1);
    cycles = getCopyCycles(machine, elements, run);
  } else if ((last == 'w' && channelsLast && p.c > 1) ||
             (last == 'c' && p.inputColumn == 1 && p.c > 1)) {
    // One is contiguous in the image, the other one in the result.
    int64_t across = last == 'w' ? p.c : extent('w');
    cycles = getTransposeCycles(machine, elements, across, extent(last));
  } else if (last == 'w' && p.inputColumn * p.strideW == 1) {
    cycles = getCopyCycles(machine, elements, double(extent('w')));
  } else {
    cycles = elements * rates.getCopyRun();
  }
  double perLine = double(kLineBytes) / p.inputBytes;
  double lines = double(p.c) * p.h * p.w / perLine;
  double conflict = getPlaneConflict(p, machine);
  double passes = double(p.ho) * p.r / p.h;
  cycles += lines * std::max(rates.getCopyLine(),
                             rates.getConflict() * conflict * passes);

  // Lines that leave L2 before the contraction reads them.
  double wait = getBufferStall(machine, getWorkspaceBytes(p, schedule),
                               /*byPlanes=*/last == 'w');
  // With k outside, each block of channels reads them again; half as slowly.
  double reads = schedule.getOrder() == LoopOrder::KHW
                     ? std::ceil(double(p.k) / schedule.getCOb())
                     : 1;
  cycles += wait * (1 + reads) / 2 * elements / perLine;
  return copies * cycles;
}

Problem mlir::conv::getGatherContraction(const Problem &p, StringRef order,
                                         StringRef reductions) {
  Problem q = p;
  // What the innermost reduction runs over is its channels.
  q.r = getLetterExtent(p, reductions[0], 1, 1, 1);
  q.s = getLetterExtent(p, reductions[1], 1, 1, 1);
  q.c = getLetterExtent(p, reductions[2], 1, 1, 1);
  q.inputChannel = order.back() == reductions.back() ? 1 : p.wo;
  q.vectorGroups = q.flattenable = false;
  q.lowH = q.lowW = q.highH = q.highW = 0;
  q.inputColumn = 1;
  for (char letter : llvm::reverse(order)) {
    if (letter == 'w' || letter == 'q')
      break;
    q.inputColumn *= getLetterExtent(p, letter, 1, 1, p.ho);
  }
  // The columns of a window are stored; only those of padded rows are strided.
  q.strideH = 1;
  q.strideW = order.contains('q') ? p.strideW : 1;
  return q;
}

Obstacle mlir::conv::findGatherObstacle(const Problem &p,
                                        ScheduleAttr schedule) {
  for (auto [exists, image, window, taps, low] :
       {std::tuple(p.hasRows, 'h', 'r', p.r, p.lowH),
        std::tuple(p.hasColumns, 'w', 's', p.s, p.lowW)})
    if (!exists && (taps > 1 || low > 0))
      return llvm::formatv(
                 "a window along '{0}' needs an image dimension '{1}'", window,
                 image)
          .str();
  bool banded = schedule.getForm() == Form::Banded;
  if (!banded && schedule.getBand() != 0)
    return "form = whole transforms the whole image, band must be 0";
  if (banded && schedule.getBand() == 0)
    return "form = banded needs a band";
  return std::nullopt;
}

LogicalResult mlir::conv::applyGather(ConvOp op, StringRef order,
                                      StringRef reductions, CreateGather create,
                                      RewriterBase &rewriter) {
  Location loc = op.getLoc();
  DimsAttr dims = op.getDims();
  Problem problem = Problem::fromOp(op);
  MLIRContext *ctx = op.getContext();
  rewriter.setInsertionPoint(op);
  auto dim = [&](unsigned i) { return getAffineDimExpr(i, ctx); };
  constexpr unsigned iterators[] = {ContractOp::R, ContractOp::S,
                                    ContractOp::C};
  auto reduction = [&](char letter) {
    return iterators[reductions.find(letter)];
  };

  // The filter, its dimensions named by the iterators that visit them.
  std::string filterLayout = dims.getFilter().str();
  for (char &letter : filterLayout)
    if (size_t i = reductions.find(letter); i != StringRef::npos)
      letter = "rsc"[i];
  FilterOperand filter = prepareFilter(op, filterLayout, rewriter);
  Value packed = wrapFilter(op, filter, rewriter);
  TensorOperands operands = wrapOperands(op, rewriter);
  bool rebased = rebaseInput(op, operands.epilogue, /*tensors=*/true, rewriter);

  // The gathered image.
  SmallVector<OpFoldResult> sizes;
  SmallVector<AffineExpr> exprs;
  for (char letter : order) {
    int64_t extent =
        getLetterExtent(problem, letter, problem.n, problem.g, problem.ho);
    if (ShapedType::isDynamic(extent))
      sizes.push_back(tensor::DimOp::create(rewriter, loc, operands.input,
                                            dims.inputPos(letter))
                          .getResult());
    else
      sizes.push_back(rewriter.getIndexAttr(extent));
    switch (letter) {
    case 'n':
      exprs.push_back(dim(ContractOp::N));
      break;
    case 'g':
      exprs.push_back(dim(ContractOp::G));
      break;
    case 'h':
      exprs.push_back(dim(ContractOp::Ho));
      break;
    case 'w':
      exprs.push_back(dim(ContractOp::Wo));
      break;
    case 'p':
      exprs.push_back(dim(ContractOp::Ho) * dims.getStrides()[0] +
                      dim(reduction('r')) * dims.getDilations()[0]);
      break;
    case 'q':
      exprs.push_back(dim(ContractOp::Wo) * dims.getStrides()[1] +
                      dim(reduction('s')) * dims.getDilations()[1]);
      break;
    default:
      exprs.push_back(dim(reduction(letter)));
      break;
    }
  }
  Type element = op.getInputType().getElementType();
  Value empty = tensor::EmptyOp::create(rewriter, loc, sizes, element);
  Operation *gathered =
      create(rewriter, loc, operands.input, empty, dims, problem);
  gathered->setAttr("lanes",
                    rewriter.getI64IntegerAttr(op.getScheduleAttr().getNVec()));

  SmallVector<AffineExpr> outExprs;
  for (char letter : dims.getOutput())
    outExprs.push_back(dim(letter == 'n'   ? ContractOp::N
                           : letter == 'g' ? ContractOp::G
                           : letter == 'h' ? ContractOp::Ho
                           : letter == 'w' ? ContractOp::Wo
                                           : ContractOp::K));
  auto map = [&](ArrayRef<AffineExpr> results) {
    return AffineMap::get(ContractOp::NumIterators, 0, results, ctx);
  };
  auto contract = ContractOp::create(
      rewriter, loc, TypeRange(operands.init.getType()), gathered->getResult(0),
      packed, operands.init, operands.epilogue, /*row_origin=*/Value(),
      rewriter.getAffineMapArrayAttr({map(exprs), filter.map, map(outExprs)}),
      getStoreMode(op, 'k'), filter.cPack, op.getAccumulate(),
      op.getScheduleAttr());
  contract.setInputMeaning(op);
  contract.setRebasedInput(rebased);
  replaceByTensor(op, contract->getResult(0), rewriter);
  return success();
}
