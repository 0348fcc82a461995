//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Epilogues as values: the simple one, and what a body begins with.
///
//===----------------------------------------------------------------------===//

#include "conv/IR/Epilogue.h"

#include "conv/IR/Conv.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::conv;

//===----------------------------------------------------------------------===//
// Epilogue
//===----------------------------------------------------------------------===//

Epilogue Epilogue::of(EpilogueOpInterface op) {
  Epilogue epilogue;
  llvm::append_range(epilogue.operands, op.getEpilogueOperands());
  llvm::append_range(epilogue.maps,
                     op.getEpilogueMaps().getAsValueRange<AffineMapAttr>());
  epilogue.body = &op.getEpilogue();
  return epilogue;
}

ArrayAttr Epilogue::getMapsAttr(OpBuilder &builder) const {
  return builder.getAffineMapArrayAttr(maps);
}

void Epilogue::cloneBodyInto(Region &region) const {
  IRMapping mapping;
  if (body)
    body->cloneInto(&region, mapping);
}

//===----------------------------------------------------------------------===//
// Bounds
//===----------------------------------------------------------------------===//

Value mlir::conv::createClamp(OpBuilder &b, Location loc, ClampAttr clamp,
                              Value value) {
  if (!clamp)
    return value;
  using P = arith::CmpFPredicate;
  bool propagate = clamp.getNan() == NaNMode::Propagate;
  auto bound = [&](FloatAttr limit, P predicate) {
    if (!limit)
      return;
    Value constant = arith::ConstantOp::create(b, loc, limit);
    Value keep = arith::CmpFOp::create(b, loc, predicate, value, constant);
    value = arith::SelectOp::create(b, loc, keep, value, constant);
  };
  bound(clamp.getLower(), propagate ? P::UGT : P::OGT);
  bound(clamp.getUpper(), propagate ? P::ULT : P::OLT);
  return value;
}

std::optional<SelectedBound> mlir::conv::matchBound(arith::SelectOp select,
                                                    Value value) {
  auto compare = select.getCondition().getDefiningOp<arith::CmpFOp>();
  FloatAttr bound;
  if (!compare || compare.getFastmath() != arith::FastMathFlags::none ||
      compare.getLhs() != value || select.getTrueValue() != value ||
      compare.getRhs() != select.getFalseValue() ||
      !matchPattern(compare.getRhs(), m_Constant(&bound)))
    return std::nullopt;
  switch (compare.getPredicate()) {
  case arith::CmpFPredicate::UGT:
    return SelectedBound{bound, /*isLower=*/true, /*propagatesNaN=*/true};
  case arith::CmpFPredicate::OGT:
    return SelectedBound{bound, /*isLower=*/true, /*propagatesNaN=*/false};
  case arith::CmpFPredicate::ULT:
    return SelectedBound{bound, /*isLower=*/false, /*propagatesNaN=*/true};
  case arith::CmpFPredicate::OLT:
    return SelectedBound{bound, /*isLower=*/false, /*propagatesNaN=*/false};
  default:
    return std::nullopt;
  }
}

/// Follows `value` to what the body yields through a clamp and nothing else;
/// a null attribute when it is yielded as it is.
static FailureOr<ClampAttr> matchClamp(Value value) {
  FloatAttr bounds[2]; // Lower, upper.
  std::optional<bool> propagates;
  auto isYielded = [&] {
    return value.hasOneUse() && isa<YieldOp>(*value.user_begin());
  };
  while (!isYielded()) {
    if (!value.hasNUses(2))
      return failure();
    arith::SelectOp select;
    for (Operation *user : value.getUsers())
      if (auto candidate = dyn_cast<arith::SelectOp>(user))
        select = candidate;
    std::optional<SelectedBound> bound;
    if (select)
      bound = matchBound(select, value);
    // The lower bound comes first.
    if (!bound || bounds[bound->isLower ? 0 : 1] ||
        (bound->isLower && bounds[1]) ||
        propagates.value_or(bound->propagatesNaN) != bound->propagatesNaN)
      return failure();
    bounds[bound->isLower ? 0 : 1] = bound->bound;
    propagates = bound->propagatesNaN;
    value = select.getResult();
  }
  if (!propagates)
    return ClampAttr();
  auto [lower, upper] = bounds;
  if ((lower && lower.getValue().isNaN()) ||
      (upper && upper.getValue().isNaN()) ||
      (lower && upper && upper.getValue() < lower.getValue()))
    return failure();
  return ClampAttr::get(value.getContext(), lower, upper,
                        *propagates ? NaNMode::Propagate : NaNMode::Bound);
}

//===----------------------------------------------------------------------===//
// The simple epilogue
//===----------------------------------------------------------------------===//

ClampAttr SimpleEpilogue::getClamp() const {
  return cast_if_present<ClampAttr>(clamp);
}

static Value createSum(OpBuilder &b, Location loc, Value x, Value y) {
  if (isa<FloatType>(x.getType()))
    return arith::AddFOp::create(b, loc, x, y);
  return arith::AddIOp::create(b, loc, x, y);
}

void mlir::conv::fillSimpleBody(Region &body, Type element, unsigned addends,
                                ClampAttr clamp, Location loc) {
  OpBuilder b(element.getContext());
  Block &block = body.emplaceBlock();
  b.setInsertionPointToEnd(&block);
  Value value = block.addArgument(element, loc);
  for (unsigned i = 0; i < addends; ++i)
    value = createSum(b, loc, value, block.addArgument(element, loc));
  YieldOp::create(b, loc, createClamp(b, loc, clamp, value));
}

Epilogue mlir::conv::makeSimpleEpilogue(MLIRContext *context, Type element,
                                        Value bias, AffineMap biasMap,
                                        Value residual, unsigned outputRank,
                                        ClampAttr clamp) {
  Epilogue epilogue;
  if (!bias && !residual && !clamp)
    return epilogue;
  if (bias) {
    epilogue.operands.push_back(bias);
    epilogue.maps.push_back(biasMap);
  }
  if (residual) {
    epilogue.operands.push_back(residual);
    epilogue.maps.push_back(
        AffineMap::getMultiDimIdentityMap(outputRank, context));
  }
  epilogue.owned = std::make_shared<Region>();
  epilogue.body = epilogue.owned.get();
  fillSimpleBody(*epilogue.body, element, epilogue.operands.size(), clamp,
                 UnknownLoc::get(context));
  return epilogue;
}

std::optional<SimpleEpilogue>
mlir::conv::matchSimpleEpilogue(EpilogueOpInterface op) {
  SimpleEpilogue simple;
  Region &body = op.getEpilogue();
  if (body.empty())
    return simple;
  // Something has to be written for a region to be there.
  Block &block = body.front();
  SmallVector<LeadingAddend> addends = getLeadingAddends(body);
  size_t count = op.getEpilogueOperands().size();
  if (count > 2 || addends.size() != count || llvm::hasSingleElement(block))
    return std::nullopt;
  AffineMap channels = op.getChannelMap();
  Value value = block.getArgument(0);
  for (auto [i, addend] : llvm::enumerate(addends)) {
    Value operand = op.getEpilogueOperands()[i];
    auto map = cast<AffineMapAttr>(op.getEpilogueMaps()[i]).getValue();
    if (addend.operand != i || !isa<ShapedType>(operand.getType()) ||
        addend.add->getOperand(0) != value)
      return std::nullopt;
    if (i == 0 && map == channels)
      simple.bias = operand;
    else if (!simple.residual && map.isIdentity())
      simple.residual = operand;
    else
      return std::nullopt;
    value = addend.add->getResult(0);
  }
  FailureOr<ClampAttr> clamp = matchClamp(value);
  if (failed(clamp))
    return std::nullopt;
  simple.clamp = *clamp;
  // Nothing else may be there, not even what is not used.
  size_t operations = count + 1;
  if (*clamp)
    for (FloatAttr bound : {clamp->getLower(), clamp->getUpper()})
      operations += bound ? 2 : 0;
  size_t found = llvm::count_if(block, [](Operation &op) {
    return !op.hasTrait<OpTrait::ConstantLike>();
  });
  return found == operations ? std::optional(simple) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// What a body begins with
//===----------------------------------------------------------------------===//

SmallVector<LeadingAddend> mlir::conv::getLeadingAddends(Region &body) {
  SmallVector<LeadingAddend> addends;
  if (body.empty())
    return addends;
  Value value = body.getArgument(0);
  while (value.hasOneUse()) {
    Operation *add = *value.user_begin();
    if (auto addF = dyn_cast<arith::AddFOp>(add)) {
      if (addF.getFastmath() != arith::FastMathFlags::none)
        break;
    } else if (!isa<arith::AddIOp>(add)) {
      break;
    }
    Value other = add->getOperand(add->getOperand(0) == value ? 1 : 0);
    auto argument = dyn_cast<BlockArgument>(other);
    if (!argument || argument.getArgNumber() == 0)
      break;
    addends.push_back({argument.getArgNumber() - 1, add});
    value = add->getResult(0);
  }
  return addends;
}

/// Copies of the operands `used` of an epilogue with an empty body that has
/// arguments for them.
static Epilogue takeOperands(const Epilogue &epilogue, ArrayRef<unsigned> used,
                             IRMapping &mapping) {
  Epilogue part;
  part.owned = std::make_shared<Region>();
  part.body = part.owned.get();
  Block &block = part.body->emplaceBlock();
  auto addArgument = [&](BlockArgument from) {
    mapping.map(from, block.addArgument(from.getType(), from.getLoc()));
  };
  addArgument(epilogue.body->getArgument(0));
  for (unsigned i : used) {
    part.operands.push_back(epilogue.operands[i]);
    part.maps.push_back(epilogue.maps[i]);
    addArgument(epilogue.body->getArgument(i + 1));
  }
  return part;
}

std::pair<Epilogue, Epilogue>
mlir::conv::splitEpilogue(const Epilogue &epilogue) {
  if (epilogue.isEmpty())
    return {Epilogue(), Epilogue()};
  SmallVector<LeadingAddend> addends = getLeadingAddends(*epilogue.body);
  if (addends.empty())
    return {Epilogue(), epilogue};
  Block &body = epilogue.body->front();
  llvm::SmallPtrSet<Operation *, 4> leading;
  SmallVector<unsigned> first, second;
  for (const LeadingAddend &addend : addends) {
    leading.insert(addend.add);
    if (!llvm::is_contained(first, addend.operand))
      first.push_back(addend.operand);
  }
  for (unsigned i = 0; i < epilogue.operands.size(); ++i)
    if (llvm::any_of(body.getArgument(i + 1).getUsers(),
                     [&](Operation *user) { return !leading.contains(user); }))
      second.push_back(i);
  OpBuilder b(body.getTerminator()->getContext());
  Value sum = addends.back().add->getResult(0);

  IRMapping headMapping, tailMapping;
  Epilogue head = takeOperands(epilogue, first, headMapping);
  b.setInsertionPointToEnd(&head.body->front());
  for (const LeadingAddend &addend : addends)
    b.clone(*addend.add, headMapping);
  YieldOp::create(b, sum.getLoc(), headMapping.lookup(sum));

  bool yieldsSum = sum.hasOneUse() && *sum.user_begin() == body.getTerminator();
  if (yieldsSum)
    return {head, Epilogue()};
  Epilogue tail = takeOperands(epilogue, second, tailMapping);
  tailMapping.map(sum, tail.body->getArgument(0));
  b.setInsertionPointToEnd(&tail.body->front());
  for (Operation &op : body)
    if (!leading.contains(&op))
      b.clone(op, tailMapping);
  return {head, tail};
}

//===----------------------------------------------------------------------===//
// Maps
//===----------------------------------------------------------------------===//

std::optional<BlockedChannel> mlir::conv::matchBlockedChannel(AffineExpr expr) {
  auto sum = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!sum || sum.getKind() != AffineExprKind::Add)
    return std::nullopt;
  auto channel = dyn_cast<AffineDimExpr>(sum.getRHS());
  auto block = dyn_cast<AffineDimExpr>(sum.getLHS());
  int64_t size = 1; // Blocks of one channel have no factor.
  if (auto product = dyn_cast<AffineBinaryOpExpr>(sum.getLHS());
      product && product.getKind() == AffineExprKind::Mul) {
    block = dyn_cast<AffineDimExpr>(product.getLHS());
    auto factor = dyn_cast<AffineConstantExpr>(product.getRHS());
    if (!factor)
      return std::nullopt;
    size = factor.getValue();
  }
  if (!channel || !block)
    return std::nullopt;
  return BlockedChannel{block.getPosition(), channel.getPosition(), size};
}

int mlir::conv::findResult(AffineMap map, unsigned dim) {
  for (auto [i, expr] : llvm::enumerate(map.getResults()))
    if (expr.isFunctionOfDim(dim))
      return i;
  return -1;
}

//===----------------------------------------------------------------------===//
// Cost
//===----------------------------------------------------------------------===//

bool mlir::conv::isHeavy(Region &body) {
  return body
      .walk([](Operation *op) {
        bool light =
            !isa<math::MathDialect>(op->getDialect()) ||
            isa<math::AbsFOp, math::CeilOp, math::CopySignOp, math::FloorOp,
                math::FmaOp, math::RoundEvenOp, math::SqrtOp, math::TruncOp>(
                op);
        return light ? WalkResult::advance() : WalkResult::interrupt();
      })
      .wasInterrupted();
}
