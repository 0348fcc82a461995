//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Which values of a function may have their channels in blocks or last, who
/// wants them so, and what each convolution costs with either layout.
///
//===----------------------------------------------------------------------===//

#include "LayoutGraph.h"

#include "conv/Decide/Layouts.h"
#include "conv/Schedule/Legality.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::layouts;

namespace {

/// The problem with the channels of its input or output behind rows and
/// columns.
Problem withChannelsLast(Problem p, bool input, bool output) {
  if (input) {
    p.inputColumn = p.g * p.c;
    p.inputRow = p.inputColumn * p.w;
    p.inputChannel = 1;
  }
  if (output) {
    p.outputColumn = p.g * p.k;
    p.outputChannel = 1;
    if (p.hasResidual)
      p.residualColumn = p.outputColumn;
  }
  p.vectorGroups = p.g > 1 && input && output;
  return p;
}

/// The problem with its input or output in blocks of `block` channels.
Problem withLayouts(Problem p, int64_t block, bool inputToo, bool outputToo) {
  if (block == kAllChannels)
    return withChannelsLast(p, inputToo, outputToo);
  int64_t input = inputToo ? block : 0, output = outputToo ? block : 0;
  if (input) {
    p.inputBlock = p.inputColumn = input;
    p.inputRow = input * p.w;
    p.inputChannel = 1;
  }
  if (output) {
    p.outputBlock = p.outputColumn = output;
    p.outputChannel = 1;
  }
  return p;
}

/// The constraints on `op`, whose attribute may force an algorithm.
Constraints getConstraints(ConvOp op, const Constraints &constraints) {
  Constraints result = constraints;
  if (auto name = op->getAttrOfType<StringAttr>("conv.algorithm"))
    result.algorithm = name.str();
  return result;
}

/// Whether `op` has groups of one channel, which are its channels.
bool hasGroupsOnly(DimsAttr dims) {
  return dims.filterPos('g') >= 0 && dims.inputPos('c') < 0 &&
         dims.outputPos('k') < 0;
}

/// The dimension of the channels of the input and of the output.
int64_t getInputChannels(DimsAttr dims) {
  return dims.inputPos(hasGroupsOnly(dims) ? 'g' : 'c');
}
int64_t getOutputChannels(DimsAttr dims) {
  return dims.outputPos(hasGroupsOnly(dims) ? 'g' : 'k');
}

/// Why no layout of `op` can be chosen; nothing when one can.
Obstacle findObstacle(ConvOp op, MachineAttr machine, StringRef forced,
                      int64_t block) {
  DimsAttr dims = op.getDims();
  if (!isa<RankedTensorType>(op.getInit().getType()))
    return "it works on memrefs";
  if (op.getScheduleAttr())
    return "it has a schedule";
  bool isLast = block == kAllChannels;
  if (dims.filterPos('g') >= 0 && !(isLast && hasGroupsOnly(dims)))
    return isLast ? "it has groups of several channels" : "it has groups";
  if (dims.inputPos('C') >= 0 || dims.outputPos('K') >= 0)
    return "it has blocks of channels already";
  Problem problem = Problem::fromOp(op);
  if (!problem.types)
    return "no instruction multiplies its elements";
  if (problem.hasUnknownImage())
    return "the size of its image is not known";
  std::optional<NamedAlgorithm> named = NamedAlgorithm::parse(forced);
  if (forced != "auto" && !(named && getTraits(named->algorithm).readsBlocks))
    return llvm::formatv("algorithm '{0}' does not read blocks", forced).str();
  return conv::findObstacle(problem, machine, ScheduleAttr());
}

/// Why the channels at `pos` of a value of `type` with `letters` cannot be in
/// blocks.
Obstacle findBlockObstacle(ShapedType type, StringRef letters, int64_t pos,
                           int64_t block) {
  if (pos < 0)
    return "there are no channels";
  for (char image : {'h', 'w'})
    if (size_t i = letters.find(image);
        i != StringRef::npos && static_cast<int64_t>(i) < pos)
      return "channels do not precede rows and columns";
  if (block == kAllChannels)
    return pos + 1 < type.getRank() ? Obstacle() : "channels are last";
  if (int64_t channels = type.getDimSize(pos); channels % block != 0)
    return llvm::formatv("{0} channels are not blocks of {1}", channels, block)
        .str();
  return std::nullopt;
}

} // namespace

LayoutGraph::LayoutGraph(FunctionOpInterface func, MachineAttr machine,
                         const Constraints &constraints, int64_t block)
    : machine(machine), block(block),
      networkAccuracy(constraints.networkAccuracy) {
  if (constraints.networkMemory)
    budget.emplace(func, *constraints.networkMemory);
  SmallVector<ConvOp> ops;
  func->walk([&](ConvOp op) { ops.push_back(op); });
  for (auto [op, number] : llvm::zip(ops, classifyConvolutions(ops)))
    classes[op] = number;
  func->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (auto conv = dyn_cast<ConvOp>(op))
      addConvolution(conv, machine, constraints);
    else if (isa<linalg::LinalgOp, tensor::PadOp>(op))
      addOperation(op);
  });
  // Uses that no node and no convolution accounts for.
  DenseSet<OpOperand *> known;
  for (const Node &node : nodes)
    for (OpOperand &operand : node.op->getOpOperands()) {
      auto conv = dyn_cast<ConvOp>(node.op);
      int source = findNode(operand.get());
      if (source >= 0 && llvm::is_contained(node.sources, source) &&
          !(conv && &operand == &conv.getInputMutable()))
        known.insert(&operand);
    }
  for (Convolution &c : convolutions)
    if (c.input >= 0)
      known.insert(&c.op.getInputMutable());
  for (Node &node : nodes)
    for (OpOperand &use : node.op->getResult(0).getUses())
      // Contents of an init that is not read do not matter.
      if (auto conv = dyn_cast<ConvOp>(use.getOwner());
          !known.contains(&use) &&
          !(conv && !conv.getAccumulate() && conv.isDpsInit(&use)))
        node.hasPlainUser = true;
}

void LayoutGraph::addNode(Node node) {
  ids[node.op->getResult(0)] = nodes.size();
  nodes.push_back(std::move(node));
}

SmallVector<double> Convolution::getErrors() const {
  SmallVector<double> errors;
  for (bool in : {false, true})
    for (bool out : {false, true})
      for (const AlgorithmCost &algorithm : algorithms[in][out])
        errors.push_back(algorithm.error);
  llvm::sort(errors);
  errors.erase(llvm::unique(errors), errors.end());
  return errors;
}

/// Threads that have no share of a convolution wait: as other operations'
/// cycles, these are those of all threads.
AlgorithmCosts LayoutGraph::getCosts(const CandidateList &list) const {
  AlgorithmCosts algorithms;
  for (const Candidate *candidate :
       list.getChoices(networkAccuracy.has_value()))
    algorithms.push_back(
        {candidate->choice.getElapsed() * double(machine.getThreads()),
         candidate->getError()});
  return algorithms;
}

void LayoutGraph::addFixed(ConvOp op, MachineAttr machine,
                           const Constraints &limits) {
  Convolution conv(op);
  Problem problem = Problem::fromOp(op);
  conv.variance = getSumVariance(problem);
  AlgorithmCosts &algorithms = conv.algorithms[false][false];
  if (ScheduleAttr given = op.getScheduleAttr())
    algorithms.push_back(
        {0, getRounding(given.getNamedAlgorithm()).value_or(1)});
  else
    algorithms = getCosts(enumerateForOp(op, problem, machine, limits));
  // By the plain lowering.
  if (algorithms.empty())
    algorithms.push_back({0, 1});
  convolutions.push_back(std::move(conv));
}

void LayoutGraph::addConvolution(ConvOp op, MachineAttr machine,
                                 const Constraints &constraints) {
  DimsAttr dims = op.getDims();
  Constraints own = getConstraints(op, constraints), limits = own;
  // That there is no room at all is for --conv-autotune to say.
  if (budget)
    limits.leave(std::max<int64_t>(budget->getRoom(op), 0));
  if (Obstacle obstacle =
          ::findObstacle(op, machine, limits.algorithm, block)) {
    refusals[op] = *obstacle;
    if (networkAccuracy)
      addFixed(op, machine, limits);
    return;
  }
  Convolution conv(op);
  conv.input = findNode(op.getInput());
  if (conv.input >= 0 && nodes[conv.input].pos != getInputChannels(dims))
    conv.input = -1;
  int64_t pos = getOutputChannels(dims);
  if (Obstacle obstacle =
          findBlockObstacle(op.getOutputType(), dims.getOutput(), pos, block)) {
    refusals[op] = *obstacle;
  } else {
    Node node(op, pos);
    auto want = [&](Value value) {
      int source = findNode(value);
      if (source >= 0 && nodes[source].pos == pos)
        node.sources.push_back(source);
      else
        node.others.push_back(value);
    };
    for (auto [operand, map] :
         llvm::zip(op.getEpilogueOperands(),
                   op.getEpilogueMaps().getAsValueRange<AffineMapAttr>()))
      if (map.isIdentity())
        want(operand);
    if (op.getAccumulate())
      want(op.getInit());
    conv.result = nodes.size();
    addNode(std::move(node));
  }
  Problem problem = Problem::fromOp(op);
  conv.variance = getSumVariance(problem);
  for (bool in : {false, true})
    for (bool out : {false, true}) {
      // Vectors of groups are such in both.
      if ((in && conv.input < 0) || (out && conv.result < 0) ||
          (in != out && hasGroupsOnly(dims)))
        continue;
      conv.algorithms[in][out] = getCosts(lists.get(
          {classes.lookup(op), in, out}, own, limits,
          [&](const Constraints &bounds) {
            return enumerateForOp(op, withLayouts(problem, block, in, out),
                                  machine, bounds);
          }));
    }
  convolutions.push_back(std::move(conv));
}

void LayoutGraph::addOperation(Operation *op) {
  if (op->getNumResults() != 1)
    return;
  Node node(op, -1);
  for (Value operand : op->getOperands())
    if (int source = findNode(operand); source >= 0 && node.pos < 0)
      node.pos = nodes[source].pos;
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (node.pos < 0 || !type || type.getRank() <= node.pos ||
      ShapedType::isDynamic(type.getDimSize(node.pos)) ||
      (block == kAllChannels ? node.pos + 1 == type.getRank()
                             : type.getDimSize(node.pos) % block != 0))
    return;
  auto want = [&](Value value) {
    int source = findNode(value);
    if (source >= 0)
      node.sources.push_back(source);
    else
      node.others.push_back(value);
  };
  if (auto pad = dyn_cast<tensor::PadOp>(op)) {
    if (!pad.getConstantPaddingValue() || pad.getStaticLow()[node.pos] != 0 ||
        pad.getStaticHigh()[node.pos] != 0)
      return;
    want(pad.getSource());
    addNode(std::move(node));
    return;
  }
  auto linalgOp = cast<linalg::LinalgOp>(op);
  std::optional<unsigned> loop = findChannelLoop(linalgOp, node.pos);
  if (!loop)
    return;
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = linalgOp.getMatchingIndexingMap(&operand);
    bool hasChannels = llvm::any_of(map.getResults(), [&](AffineExpr expr) {
      return expr.isFunctionOfDim(*loop);
    });
    int source = findNode(operand.get());
    // The same position in another rank would be other channels.
    if (source >= 0 && (!hasChannels || nodes[source].pos != node.pos))
      return;
    // Vectors are cheap, and what is filled is filled in any layout.
    if (hasChannels && map.getNumResults() > 1 &&
        !operand.get().getDefiningOp<tensor::EmptyOp>() &&
        !operand.get().getDefiningOp<linalg::FillOp>())
      want(operand.get());
  }
  addNode(std::move(node));
}
