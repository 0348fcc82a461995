//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Chooses which values of a function have their channels in blocks.
///
/// The nodes of the graph are results that could: those of convolutions, and of
/// elementwise operations, pooling and padding that read a node. Its cost is
/// the cycles of each convolution with the layouts it reads and writes, by the
/// algorithm --conv-autotune would take for these under the same constraints,
/// and the conversion of each value that somebody wants otherwise, once. The
/// cheapest layouts of all nodes together are found by elimination
/// (CostNetwork), which is exact unless the graph is very wide.
///
//===----------------------------------------------------------------------===//

#include "conv/Transforms/Layouts.h"

#include "conv/Analysis/CostNetwork.h"
#include "conv/Analysis/Legality.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FormatVariadic.h"

#include <map>

using namespace mlir;
using namespace mlir::conv;

namespace {

/// Bytes per cycle a conversion moves; it transposes and misses L2.
constexpr double kConversionRate = 4;

/// A result that may be in blocks.
struct Node {
  Node(Operation *op, int64_t pos) : op(op), pos(pos) {}
  Operation *op;
  int64_t pos; ///< Of the channels.
  /// Nodes and other values it wants in its own layout.
  SmallVector<unsigned> sources;
  SmallVector<Value> others;
  /// Somebody wants it plain, whatever is chosen.
  bool hasPlainUser = false;
};

/// A convolution; -1 where it has no such node.
struct Convolution {
  explicit Convolution(ConvOp op) : op(op) {}
  ConvOp op;
  int input = -1, result = -1;
  double cycles[2][2] = {}; ///< [input in blocks][output in blocks]
};

/// Why a convolution keeps its layouts.
using Refusals = llvm::MapVector<ConvOp, std::string>;

class LayoutGraph {
public:
  LayoutGraph(FunctionOpInterface func, MachineAttr machine,
              const Constraints &constraints, int64_t block);

  /// Chooses; true when something is in blocks.
  bool choose();
  /// Writes the choice down.
  void record() const;

  double getCycles() const { return evaluate(state); }
  double getPlainCycles() const {
    return evaluate(std::vector<bool>(nodes.size(), false));
  }
  unsigned countConvolutions() const;
  const Refusals &getRefusals() const { return refusals; }
  int64_t getBlock() const { return block; }
  /// Whether no other layouts are predicted to be faster.
  bool isExact() const { return exact; }
  size_t size() const { return nodes.size(); }

private:
  using State = std::vector<bool>;
  using Clusters = SmallVector<SmallVector<unsigned>>;

  void addConvolution(ConvOp op, MachineAttr machine,
                      const Constraints &constraints);
  void addOperation(Operation *op);
  void addNode(Node node);
  int findNode(Value value) const {
    auto it = ids.find(value);
    return it == ids.end() ? -1 : static_cast<int>(it->second);
  }
  double evaluate(const State &state) const;
  /// Nodes that want the same layout: through operations that are no
  /// convolutions, and, when `chains`, through convolutions as well.
  Clusters getClusters(bool chains, const State &among) const;
  /// Turns clusters back that connect no two convolutions.
  void dropLoneConvolutions();

  int64_t block;
  SmallVector<Node> nodes;
  DenseMap<Value, unsigned> ids;
  SmallVector<Convolution> convolutions;
  Refusals refusals;
  /// Networks repeat their layers: cycles by class of convolutions and layouts.
  DenseMap<ConvOp, unsigned> classes;
  std::map<std::tuple<unsigned, bool, bool>, double> known;
  State state;
  bool exact = true;
};

double getConversionCycles(Value value) {
  auto type = cast<ShapedType>(value.getType());
  double elements = 1;
  for (int64_t size : type.getShape())
    elements *= ShapedType::isDynamic(size) ? 1 : size;
  // Read and written.
  return 2 * 4 * elements / kConversionRate;
}

/// The problem with its input or output in blocks.
Problem withBlocks(Problem p, int64_t input, int64_t output) {
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

/// Why no layout of `op` can be chosen; nothing when one can.
Obstacle findObstacle(ConvOp op, MachineAttr machine, StringRef forced) {
  DimsAttr dims = op.getDims();
  if (!isa<RankedTensorType>(op.getInit().getType()))
    return "it works on memrefs";
  if (op.getScheduleAttr())
    return "it has a schedule";
  if (dims.filterPos('g') >= 0)
    return "it has groups";
  if (dims.inputPos('C') >= 0 || dims.outputPos('K') >= 0)
    return "it has blocks of channels already";
  if (!op.getOutputType().getElementType().isF32())
    return "its element type is not f32";
  if (forced != "auto" && forced != "direct" && forced != "naive")
    return llvm::formatv("algorithm '{0}' does not read blocks", forced).str();
  return conv::findObstacle(Problem::fromOp(op), machine, ScheduleAttr());
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
  if (int64_t channels = type.getDimSize(pos); channels % block != 0)
    return llvm::formatv("{0} channels are not blocks of {1}", channels, block)
        .str();
  return std::nullopt;
}

} // namespace

LayoutGraph::LayoutGraph(FunctionOpInterface func, MachineAttr machine,
                         const Constraints &constraints, int64_t block)
    : block(block) {
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

void LayoutGraph::addConvolution(ConvOp op, MachineAttr machine,
                                 const Constraints &constraints) {
  DimsAttr dims = op.getDims();
  Constraints limits = getConstraints(op, constraints);
  if (Obstacle obstacle = ::findObstacle(op, machine, limits.algorithm)) {
    refusals[op] = *obstacle;
    return;
  }
  Convolution conv(op);
  conv.input = findNode(op.getInput());
  if (conv.input >= 0 && nodes[conv.input].pos != dims.inputPos('c'))
    conv.input = -1;
  int64_t pos = dims.outputPos('k');
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
    if (op.getResidual())
      want(op.getResidual());
    if (op.getAccumulate())
      want(op.getInit());
    conv.result = nodes.size();
    addNode(std::move(node));
  }
  Problem problem = Problem::fromOp(op);
  for (bool in : {false, true})
    for (bool out : {false, true}) {
      if ((in && conv.input < 0) || (out && conv.result < 0))
        continue;
      auto [it, isNew] = known.try_emplace({classes.lookup(op), in, out});
      if (isNew) {
        Problem p = withBlocks(problem, in ? block : 0, out ? block : 0);
        CandidateList list =
            enumerateCandidates(p, machine, limits, op.getContext());
        const Candidate *best = list.getBest();
        it->second = best ? best->choice.cost.cycles : CostNetwork::infinity;
      }
      conv.cycles[in][out] = it->second;
    }
  convolutions.push_back(conv);
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
      type.getDimSize(node.pos) % block != 0)
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

double LayoutGraph::evaluate(const State &state) const {
  double cycles = 0;
  for (const Convolution &c : convolutions)
    cycles += c.cycles[c.input >= 0 && state[c.input]]
                      [c.result >= 0 && state[c.result]];
  // Every value is converted once.
  llvm::SetVector<Value> converted;
  for (auto [id, node] : llvm::enumerate(nodes)) {
    if (state[id] && node.hasPlainUser)
      converted.insert(node.op->getResult(0));
    for (unsigned source : node.sources)
      if (state[source] != state[id])
        converted.insert(nodes[source].op->getResult(0));
    if (state[id])
      converted.insert(node.others.begin(), node.others.end());
  }
  for (Value value : converted)
    cycles += getConversionCycles(value);
  return cycles;
}

LayoutGraph::Clusters LayoutGraph::getClusters(bool chains,
                                               const State &among) const {
  llvm::EquivalenceClasses<unsigned> classes;
  for (auto [id, node] : llvm::enumerate(nodes)) {
    if (!among[id])
      continue;
    classes.insert(id);
    for (unsigned source : node.sources)
      if (among[source])
        classes.unionSets(id, source);
  }
  if (chains)
    for (const Convolution &c : convolutions)
      if (c.input >= 0 && c.result >= 0 && among[c.input] && among[c.result])
        classes.unionSets(c.input, c.result);
  llvm::MapVector<unsigned, SmallVector<unsigned>> members;
  for (unsigned id = 0; id < nodes.size(); ++id)
    if (among[id])
      members[classes.getLeaderValue(id)].push_back(id);
  Clusters clusters;
  for (auto &[leader, ids] : members)
    clusters.push_back(std::move(ids));
  return clusters;
}

void LayoutGraph::dropLoneConvolutions() {
  for (const SmallVector<unsigned> &cluster :
       getClusters(/*chains=*/true, state)) {
    // Some convolution writes the cluster, some convolution reads it.
    bool written = llvm::any_of(
        cluster, [&](unsigned id) { return isa<ConvOp>(nodes[id].op); });
    bool read = llvm::any_of(convolutions, [&](const Convolution &c) {
      return c.input >= 0 && llvm::is_contained(cluster, c.input);
    });
    if (!written || !read)
      for (unsigned id : cluster)
        state[id] = false;
  }
}

bool LayoutGraph::choose() {
  // Value 0 of a variable is plain, 1 in blocks; variable i is node i.
  CostNetwork network;
  for (size_t id = 0; id < nodes.size(); ++id)
    network.addVariable(2);
  for (const Convolution &c : convolutions) {
    if (c.input >= 0 && c.result >= 0)
      network.addCost(
          {unsigned(c.input), unsigned(c.result)},
          {c.cycles[0][0], c.cycles[0][1], c.cycles[1][0], c.cycles[1][1]});
    else if (c.input >= 0)
      network.addCost(unsigned(c.input), {c.cycles[0][0], c.cycles[1][0]});
    else if (c.result >= 0)
      network.addCost(unsigned(c.result), {c.cycles[0][0], c.cycles[0][1]});
  }
  // What is plain whatever is chosen.
  auto addPlain = [&] {
    unsigned variable = network.addVariable(2);
    network.addCost(variable, {0, CostNetwork::infinity});
    return variable;
  };
  // Every value is converted once.
  SmallVector<SmallVector<unsigned>> readers(nodes.size());
  llvm::MapVector<Value, SmallVector<unsigned>> otherReaders;
  for (auto [id, node] : llvm::enumerate(nodes)) {
    for (unsigned source : node.sources)
      readers[source].push_back(id);
    for (Value value : node.others)
      otherReaders[value].push_back(id);
    if (node.hasPlainUser)
      readers[id].push_back(addPlain());
  }
  for (auto [id, node] : llvm::enumerate(nodes))
    network.addCostIfAnyDiffers(id, readers[id],
                                getConversionCycles(node.op->getResult(0)));
  for (const auto &[value, ids] : otherReaders)
    network.addCostIfAnyDiffers(addPlain(), ids, getConversionCycles(value));

  CostNetwork::Solution solution = network.solve();
  exact = solution.exact;
  state.clear();
  for (size_t id = 0; id < nodes.size(); ++id)
    state.push_back(solution.values[id] == 1);
  dropLoneConvolutions();
  if (evaluate(state) >= getPlainCycles())
    state.assign(nodes.size(), false);
  return llvm::is_contained(state, true);
}

unsigned LayoutGraph::countConvolutions() const {
  return llvm::count_if(convolutions, [&](const Convolution &c) {
    return (c.input >= 0 && state[c.input]) ||
           (c.result >= 0 && state[c.result]);
  });
}

void LayoutGraph::record() const {
  Builder b(nodes.front().op->getContext());
  for (const Convolution &c : convolutions)
    if (c.input >= 0 && state[c.input])
      c.op->setDiscardableAttr(kInputBlockAttr, b.getI64IntegerAttr(block));
  for (auto [id, node] : llvm::enumerate(nodes))
    if (state[id])
      node.op->setDiscardableAttr(kOutputBlockAttr, b.getI64IntegerAttr(block));
}

void mlir::conv::chooseLayouts(FunctionOpInterface func, MachineAttr machine,
                               const Constraints &constraints) {
  auto options = remark::RemarkOpts::name("propagate-layouts").category("conv");
  unsigned total = 0;
  bool given = false;
  func->walk([&](Operation *op) {
    total += isa<ConvOp>(op);
    given |= op->hasAttr(kInputBlockAttr) || op->hasAttr(kOutputBlockAttr);
  });
  if (total == 0 || given)
    return;
  // A block is a vector, or two: more outputs per scalar of the input.
  std::optional<LayoutGraph> best;
  bool chosen = false;
  for (int64_t block : {machine.getNVec(), 2 * machine.getNVec()}) {
    LayoutGraph graph(func, machine, constraints, block);
    bool any = graph.size() != 0 && graph.choose();
    double saved = any ? graph.getPlainCycles() - graph.getCycles() : 0;
    double bestSaved = chosen ? best->getPlainCycles() - best->getCycles() : 0;
    if (!best || saved > bestSaved)
      best.emplace(std::move(graph));
    chosen |= any;
  }
  for (const auto &[op, reason] : best->getRefusals()) {
    ConvOp conv = op;
    remark::missed(conv.getLoc(), options)
        << llvm::formatv("{0}: no blocks of channels: {1}",
                         Problem::fromOp(conv).str(), reason)
               .str();
  }
  if (!chosen) {
    if (best->size() != 0)
      remark::missed(func.getLoc(), options)
          << "no blocks of channels: no chain of convolutions saves more than "
             "its conversions cost";
    return;
  }
  best->record();
  remark::analysis(func.getLoc(), options)
      << llvm::formatv("{0} of {1} convolutions read or write blocks of {2} "
                       "channels; predicted {3:F0} cycles, plain {4:F0}{5}",
                       best->countConvolutions(), total, best->getBlock(),
                       best->getCycles(), best->getPlainCycles(),
                       best->isExact() ? "" : "; not proven to be the least")
             .str();
}
