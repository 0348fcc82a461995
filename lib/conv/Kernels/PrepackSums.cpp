//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What is computed from a filter alone besides its packed form: the sums of
/// its elements that an offset or a zero point of the input is multiplied by.
/// They are numbers of each output channel and lie behind the packed bytes,
///
///   packed[0 .. end)                      conv.pack_filter
///   packed[begin .. begin + 4 K)          sums[k], i32, the lowest byte first
///
//===----------------------------------------------------------------------===//

#include "Prepack.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::prepack;

/// Adds `value` and what it is computed from to `ops`, what is used first.
/// Fails where that is more than constants and what is filled with one.
static LogicalResult collectConstants(Value value,
                                      SetVector<Operation *> &ops) {
  Operation *op = value.getDefiningOp();
  if (!op || !isPure(op) ||
      !(op->hasTrait<OpTrait::ConstantLike>() ||
        isa<tensor::EmptyOp, linalg::FillOp>(op)))
    return failure();
  for (Value operand : op->getOperands())
    if (failed(collectConstants(operand, ops)))
      return failure();
  ops.insert(op);
  return success();
}

std::optional<FilterSums> mlir::conv::prepack::findSums(OpOperand &use) {
  auto generic = dyn_cast<linalg::GenericOp>(use.getOwner());
  if (!generic || generic->getNumResults() != 1 || !isPure(generic))
    return std::nullopt;
  auto type = cast<RankedTensorType>(generic->getResult(0).getType());
  Type element = type.getElementType();
  if (!type.hasStaticShape() || !element.isInteger() ||
      element.getIntOrFloatBitWidth() % 8 != 0)
    return std::nullopt;
  FilterSums sums;
  for (OpOperand &operand : generic->getOpOperands())
    if (operand.get() != use.get() &&
        failed(collectConstants(operand.get(), sums.ops)))
      return std::nullopt;
  SetVector<Value> outer;
  getUsedValuesDefinedAbove(generic->getRegions(), outer);
  for (Value value : outer)
    if (failed(collectConstants(value, sums.ops)))
      return std::nullopt;
  sums.ops.insert(generic);
  return sums;
}

RankedTensorType FilterSums::getType() const {
  return cast<RankedTensorType>(ops.back()->getResult(0).getType());
}

int64_t FilterSums::getBytes() const {
  return getType().getNumElements() * getType().getElementTypeBitWidth() / 8;
}

/// The bytes of the integers `values`, the lowest of each first.
static Value createBytes(OpBuilder &b, Location loc, Value values) {
  auto type = cast<RankedTensorType>(values.getType());
  int64_t size = type.getElementTypeBitWidth() / 8;
  SmallVector<int64_t> shape(type.getShape());
  shape.push_back(size);
  Value empty = tensor::EmptyOp::create(b, loc, shape, b.getI8Type());
  unsigned rank = type.getRank();
  AffineMap all = b.getMultiDimIdentityMap(rank + 1);
  SmallVector<utils::IteratorType> parallel(rank + 1,
                                            utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      b, loc, empty.getType(), values, empty,
      ArrayRef<AffineMap>{all.dropResult(rank), all}, parallel,
      [rank](OpBuilder &inside, Location l, ValueRange args) {
        Type wide = args[0].getType();
        Value byte = arith::IndexCastOp::create(
            inside, l, wide, linalg::IndexOp::create(inside, l, rank));
        Value bits = arith::ConstantOp::create(inside, l,
                                               inside.getIntegerAttr(wide, 8));
        Value shifted = arith::ShRUIOp::create(
            inside, l, args[0], arith::MulIOp::create(inside, l, byte, bits));
        linalg::YieldOp::create(
            inside, l,
            arith::TruncIOp::create(inside, l, inside.getI8Type(), shifted)
                .getResult());
      });
  SmallVector<ReassociationIndices> one{
      llvm::to_vector<2>(llvm::seq<int64_t>(0, rank + 1))};
  return tensor::CollapseShapeOp::create(b, loc, generic.getResult(0), one);
}

/// `sums` in the buffer `packed`, of bytes.
static Value createView(OpBuilder &b, Location loc, const FilterSums &sums,
                        Value packed) {
  RankedTensorType type = sums.getType();
  Value begin = arith::ConstantIndexOp::create(b, loc, sums.begin);
  return memref::ViewOp::create(
      b, loc, MemRefType::get(type.getShape(), type.getElementType()), packed,
      begin, ValueRange());
}

Value mlir::conv::prepack::writeSums(OpBuilder &b, const FilterSums &sums,
                                     IRMapping &mapping, Value packed) {
  for (Operation *op : sums.ops)
    if (!mapping.contains(op))
      b.clone(*op, mapping);
  Location loc = sums.ops.back()->getLoc();
  Value values = mapping.lookup(sums.ops.back()->getResult(0));
  if (isa<MemRefType>(packed.getType())) {
    bufferization::MaterializeInDestinationOp::create(
        b, loc, /*result=*/Type(), values, createView(b, loc, sums, packed),
        /*restrict=*/true, /*writable=*/true);
    return packed;
  }
  SmallVector<OpFoldResult> begin{b.getIndexAttr(sums.begin)};
  SmallVector<OpFoldResult> size{b.getIndexAttr(sums.getBytes())};
  SmallVector<OpFoldResult> stride{b.getIndexAttr(1)};
  return tensor::InsertSliceOp::create(b, loc, createBytes(b, loc, values),
                                       packed, begin, size, stride);
}

void mlir::conv::prepack::replaceSums(OpBuilder &b, const FilterSums &sums,
                                      Value packed) {
  Operation *op = sums.ops.back();
  Location loc = op->getLoc();
  if (auto tensor = dyn_cast<RankedTensorType>(packed.getType()))
    packed = bufferization::ToBufferOp::create(
        b, loc, MemRefType::get(tensor.getShape(), tensor.getElementType()),
        packed, /*read_only=*/true);
  Value values = bufferization::ToTensorOp::create(
      b, loc, sums.getType(), createView(b, loc, sums, packed),
      /*restrict=*/true, /*writable=*/false);
  op->getResult(0).replaceAllUsesWith(values);
  for (Operation *unused : llvm::reverse(sums.ops))
    if (isOpTriviallyDead(unused))
      unused->erase();
}
