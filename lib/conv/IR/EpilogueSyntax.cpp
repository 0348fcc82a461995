//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Text and verification of epilogues.
///
//===----------------------------------------------------------------------===//

#include "EpilogueSyntax.h"

#include "OpUtils.h"

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::conv;

//===----------------------------------------------------------------------===//
// Channels
//===----------------------------------------------------------------------===//

AffineMap mlir::conv::getChannelMap(DimsAttr dims, ShapedType output) {
  MLIRContext *context = dims.getContext();
  SmallVector<AffineExpr> exprs;
  for (char letter : {'g', 'k'})
    if (int pos = dims.outputPos(letter); pos >= 0) {
      AffineExpr expr = getAffineDimExpr(pos, context);
      int block = letter == 'k' ? dims.outputPos('K') : -1;
      if (block >= 0 && pos < output.getRank())
        expr = getAffineDimExpr(block, context) * output.getDimSize(pos) + expr;
      exprs.push_back(expr);
    }
  return AffineMap::get(dims.getOutput().size(), 0, exprs, context);
}

AffineMap mlir::conv::getChannelMap(AffineMap output) {
  SmallVector<AffineExpr> exprs;
  for (unsigned iterator : {ContractOp::G, ContractOp::K})
    for (auto [i, expr] : llvm::enumerate(output.getResults()))
      if (expr == getAffineDimExpr(iterator, output.getContext()))
        exprs.push_back(getAffineDimExpr(i, output.getContext()));
  return AffineMap::get(output.getNumResults(), 0, exprs, output.getContext());
}

AffineMap ConvOp::getChannelMap() {
  return conv::getChannelMap(getDims(), getOutputType());
}
AffineMap ShiftAddOp::getChannelMap() {
  return conv::getChannelMap(getDims(), cast<ShapedType>(getInit().getType()));
}
AffineMap WinogradOutputOp::getChannelMap() {
  return conv::getChannelMap(getDims(), cast<ShapedType>(getInit().getType()));
}
AffineMap ContractOp::getChannelMap() { return conv::getChannelMap(getMap(2)); }

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

/// `(%x : type)`.
static ParseResult
parseAddend(OpAsmParser &parser,
            SmallVectorImpl<OpAsmParser::UnresolvedOperand> &operands,
            SmallVectorImpl<Type> &types) {
  return failure(
      parser.parseLParen() || parser.parseOperand(operands.emplace_back()) ||
      parser.parseColonType(types.emplace_back()) || parser.parseRParen());
}

/// `(%x by #map : type, ...) { ... }`.
static ParseResult
parseBody(OpAsmParser &parser,
          SmallVectorImpl<OpAsmParser::UnresolvedOperand> &operands,
          SmallVectorImpl<Type> &types, ArrayAttr &maps, Region &body) {
  SmallVector<Attribute> attrs;
  auto parseOne = [&]() -> ParseResult {
    AffineMapAttr map;
    if (parser.parseOperand(operands.emplace_back()) ||
        parser.parseKeyword("by") || parser.parseAttribute(map) ||
        parser.parseColonType(types.emplace_back()))
      return failure();
    attrs.push_back(map);
    return success();
  };
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::OptionalParen,
                                     parseOne) ||
      parser.parseRegion(body))
    return failure();
  maps = parser.getBuilder().getArrayAttr(attrs);
  return success();
}

/// Everything but what depends on how the operation names its dimensions.
static ParseResult
parseDestinationOf(OpAsmParser &parser,
                   SmallVectorImpl<OpAsmParser::UnresolvedOperand> &operands,
                   SmallVectorImpl<Type> &types,
                   OpAsmParser::UnresolvedOperand &init, Type &initType,
                   UnitAttr &accumulate, ArrayAttr &maps, Region &body,
                   function_ref<AffineMap(ShapedType)> getChannels) {
  bool bias = succeeded(parser.parseOptionalKeyword("bias"));
  if (bias && parseAddend(parser, operands, types))
    return failure();
  bool residual = succeeded(parser.parseOptionalKeyword("residual"));
  if (residual && parseAddend(parser, operands, types))
    return failure();
  if (parser.parseKeyword("outs") || parser.parseLParen() ||
      parser.parseOperand(init) || parser.parseColonType(initType) ||
      parser.parseRParen())
    return failure();
  if (succeeded(parser.parseOptionalKeyword("accumulate")))
    accumulate = parser.getBuilder().getUnitAttr();
  if (!bias && !residual && succeeded(parser.parseOptionalKeyword("epilogue")))
    return parseBody(parser, operands, types, maps, body);
  ClampAttr clamp;
  if (succeeded(parser.parseOptionalKeyword("clamp"))) {
    clamp = dyn_cast_if_present<ClampAttr>(ClampAttr::parse(parser, Type()));
    if (!clamp)
      return failure();
  }
  auto output = dyn_cast<ShapedType>(initType);
  if (!output || !output.hasRank())
    return parser.emitError(parser.getNameLoc())
           << "outs must be a ranked tensor or memref, got " << initType;
  Type element = output.getElementType();
  if (clamp)
    for (FloatAttr bound : {clamp.getLower(), clamp.getUpper()})
      if (bound && bound.getType() != element)
        return parser.emitError(parser.getNameLoc())
               << "clamp bound of type " << bound.getType()
               << " on elements of type " << element;
  if ((bias || residual) && !element.isIntOrFloat())
    return parser.emitError(parser.getNameLoc())
           << "elements of type " << element << " cannot be added";
  AffineMap channels = getChannels(output);
  if (!bias && !residual && !clamp)
    return success();
  // The values are not resolved yet; only their number matters to the body.
  SmallVector<AffineMap> list;
  if (bias)
    list.push_back(channels);
  if (residual)
    list.push_back(AffineMap::getMultiDimIdentityMap(output.getRank(),
                                                     parser.getContext()));
  maps = parser.getBuilder().getAffineMapArrayAttr(list);
  fillSimpleBody(body, element, list.size(), clamp,
                 parser.getEncodedSourceLoc(parser.getNameLoc()));
  return success();
}

ParseResult mlir::conv::parseDestination(
    OpAsmParser &parser,
    SmallVectorImpl<OpAsmParser::UnresolvedOperand> &operands,
    SmallVectorImpl<Type> &types, OpAsmParser::UnresolvedOperand &init,
    Type &initType, UnitAttr &accumulate, ArrayAttr &maps, Region &body,
    DimsAttr dims) {
  return parseDestinationOf(
      parser, operands, types, init, initType, accumulate, maps, body,
      [&](ShapedType output) { return getChannelMap(dims, output); });
}

ParseResult mlir::conv::parseDestination(
    OpAsmParser &parser,
    SmallVectorImpl<OpAsmParser::UnresolvedOperand> &operands,
    SmallVectorImpl<Type> &types, OpAsmParser::UnresolvedOperand &init,
    Type &initType, UnitAttr &accumulate, ArrayAttr &maps, Region &body,
    ArrayAttr indexingMaps) {
  return parseDestinationOf(parser, operands, types, init, initType, accumulate,
                            maps, body, [&](ShapedType output) {
                              // How many maps there are is for the verifier to
                              // say.
                              AffineMapAttr map;
                              if (indexingMaps.size() == 3)
                                map = dyn_cast<AffineMapAttr>(indexingMaps[2]);
                              return map ? getChannelMap(map.getValue())
                                         : AffineMap::get(output.getRank(), 0,
                                                          parser.getContext());
                            });
}

void mlir::conv::printDestination(OpAsmPrinter &printer, Operation *op,
                                  OperandRange, TypeRange, Value init,
                                  Type initType, UnitAttr accumulate, ArrayAttr,
                                  Region &, Attribute) {
  auto epilogue = cast<EpilogueOpInterface>(op);
  std::optional<SimpleEpilogue> simple = matchSimpleEpilogue(epilogue);
  if (simple)
    for (auto [name, value] : {std::pair("bias", simple->bias),
                               std::pair("residual", simple->residual)})
      if (value)
        printer << name << '(' << value << " : " << value.getType() << ") ";
  printer << "outs(" << init << " : " << initType << ')';
  if (accumulate)
    printer << " accumulate";
  if (simple) {
    if (simple->clamp) {
      printer << " clamp";
      simple->getClamp().print(printer);
    }
    return;
  }
  printer << " epilogue";
  if (OperandRange operands = epilogue.getEpilogueOperands();
      !operands.empty()) {
    printer << '(';
    llvm::interleaveComma(llvm::zip(operands, epilogue.getEpilogueMaps()),
                          printer, [&](auto pair) {
                            auto [value, map] = pair;
                            printer << value << " by " << map << " : "
                                    << value.getType();
                          });
    printer << ')';
  }
  printer << ' ';
  printer.printRegion(epilogue.getEpilogue());
}

//===----------------------------------------------------------------------===//
// Builders
//===----------------------------------------------------------------------===//

void ConvOp::build(OpBuilder &builder, OperationState &state, TypeRange results,
                   Value input, Value filter, Value init,
                   const Epilogue &epilogue, DimsAttr dims, bool accumulate,
                   ScheduleAttr schedule) {
  state.addOperands({input, filter, init});
  state.addOperands(epilogue.operands);
  Properties &properties = state.getOrAddProperties<Properties>();
  properties.dims = dims;
  properties.accumulate = accumulate ? builder.getUnitAttr() : UnitAttr();
  properties.epilogue_maps = epilogue.getMapsAttr(builder);
  properties.schedule = schedule;
  epilogue.cloneBodyInto(*state.addRegion());
  state.addTypes(results);
}

void ConvOp::build(OpBuilder &builder, OperationState &state, TypeRange results,
                   Value input, Value filter, Value init, Value bias,
                   Value residual, DimsAttr dims, bool accumulate,
                   ClampAttr clamp, ScheduleAttr schedule) {
  auto output = cast<ShapedType>(init.getType());
  Epilogue epilogue = makeSimpleEpilogue(
      builder.getContext(), output.getElementType(), bias,
      conv::getChannelMap(dims, output), residual, output.getRank(), clamp);
  build(builder, state, results, input, filter, init, epilogue, dims,
        accumulate, schedule);
}

void ContractOp::build(OpBuilder &builder, OperationState &state,
                       TypeRange results, Value a, Value b, Value init,
                       const Epilogue &epilogue, Value rowOrigin,
                       ArrayAttr indexingMaps, StoreMode store, int64_t cPack,
                       bool accumulate, ScheduleAttr schedule,
                       DenseI64ArrayAttr high) {
  state.addOperands({a, b, init});
  state.addOperands(epilogue.operands);
  if (rowOrigin)
    state.addOperands(rowOrigin);
  Properties &properties = state.getOrAddProperties<Properties>();
  llvm::copy(ArrayRef<int32_t>{1, 1, 1,
                               static_cast<int32_t>(epilogue.operands.size()),
                               rowOrigin ? 1 : 0, /*beside=*/0},
             properties.operandSegmentSizes.begin());
  properties.indexing_maps = indexingMaps;
  properties.store = StoreModeAttr::get(builder.getContext(), store);
  properties.c_pack = builder.getI64IntegerAttr(cPack);
  properties.accumulate = accumulate ? builder.getUnitAttr() : UnitAttr();
  properties.epilogue_maps = epilogue.getMapsAttr(builder);
  properties.schedule = schedule;
  properties.high = high;
  epilogue.cloneBodyInto(*state.addRegion());
  state.addTypes(results);
}

void ShiftAddOp::build(OpBuilder &builder, OperationState &state,
                       TypeRange results, Value product, Value init,
                       const Epilogue &epilogue, DimsAttr dims, StringRef order,
                       ArrayRef<int64_t> taps, bool accumulate, int64_t lanes) {
  state.addOperands({product, init});
  state.addOperands(epilogue.operands);
  Properties &properties = state.getOrAddProperties<Properties>();
  properties.dims = dims;
  properties.order = builder.getStringAttr(order);
  properties.taps = builder.getDenseI64ArrayAttr(taps);
  properties.accumulate = accumulate ? builder.getUnitAttr() : UnitAttr();
  properties.lanes = builder.getI64IntegerAttr(lanes);
  properties.epilogue_maps = epilogue.getMapsAttr(builder);
  epilogue.cloneBodyInto(*state.addRegion());
  state.addTypes(results);
}

void WinogradOutputOp::build(OpBuilder &builder, OperationState &state,
                             TypeRange results, Value product, Value init,
                             const Epilogue &epilogue, DimsAttr dims,
                             ArrayRef<int64_t> tile, ArrayRef<int64_t> tiles,
                             int64_t lanes, bool stored, bool accumulate) {
  state.addOperands({product, init});
  state.addOperands(epilogue.operands);
  Properties &properties = state.getOrAddProperties<Properties>();
  properties.dims = dims;
  properties.tile = builder.getDenseI64ArrayAttr(tile);
  properties.tiles = builder.getDenseI64ArrayAttr(tiles);
  properties.lanes = builder.getI64IntegerAttr(lanes);
  properties.stored = stored ? builder.getUnitAttr() : UnitAttr();
  properties.accumulate = accumulate ? builder.getUnitAttr() : UnitAttr();
  properties.epilogue_maps = epilogue.getMapsAttr(builder);
  epilogue.cloneBodyInto(*state.addRegion());
  state.addTypes(results);
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

/// The size of what `expr`, a result of an operand's map, runs over; nothing
/// when it is not of the forms the interface allows.
static std::optional<int64_t> getMappedSize(AffineExpr expr,
                                            ShapedType output) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue() == 0 ? std::optional<int64_t>(1) : std::nullopt;
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return output.getDimSize(dim.getPosition());
  std::optional<BlockedChannel> blocked = matchBlockedChannel(expr);
  if (!blocked || output.getDimSize(blocked->channel) != blocked->size)
    return std::nullopt;
  int64_t blocks = output.getDimSize(blocked->block);
  return ShapedType::isDynamic(blocks) ? blocks : blocks * blocked->size;
}

/// Whether an operand of type `type` has the elements `map` asks for.
static bool fits(Type type, AffineMap map, ShapedType output) {
  auto shaped = dyn_cast<ShapedType>(type);
  int64_t rank = shaped ? shaped.getRank() : 0;
  if (map.getNumResults() != static_cast<unsigned>(rank))
    return false;
  for (auto [i, expr] : llvm::enumerate(map.getResults())) {
    std::optional<int64_t> size = getMappedSize(expr, output);
    if (!size || !agree(*size, shaped.getDimSize(i)))
      return false;
  }
  return true;
}

static LogicalResult verifyOperands(EpilogueOpInterface op) {
  ShapedType output = op.getOutputType();
  OperandRange operands = op.getEpilogueOperands();
  if (op.getEpilogueMaps().size() != operands.size())
    return op->emitOpError("has ")
           << operands.size() << " operands of the epilogue and "
           << op.getEpilogueMaps().size() << " maps for them";
  for (auto [i, operand] : llvm::enumerate(operands)) {
    auto map = cast<AffineMapAttr>(op.getEpilogueMaps()[i]).getValue();
    Type type = operand.getType();
    if (map.getNumDims() != static_cast<unsigned>(output.getRank()) ||
        map.getNumSymbols() != 0)
      return op->emitOpError("map ")
             << i << " of the epilogue does not have the output's "
             << output.getRank() << " dimensions";
    if (fits(type, map, output))
      continue;
    if (map == op.getChannelMap())
      return op->emitOpError("bias of type ")
             << type << " does not have the output's g and k dimensions";
    if (map.isIdentity())
      return op->emitOpError("residual of type ")
             << type << " does not have the output's shape";
    return op->emitOpError("operand ")
           << i << " of the epilogue, of type " << type
           << ", does not fit its map " << op.getEpilogueMaps()[i];
  }
  return success();
}

static LogicalResult verifyBody(EpilogueOpInterface op) {
  Block &body = op.getEpilogue().front();
  OperandRange operands = op.getEpilogueOperands();
  if (body.getNumArguments() != operands.size() + 1)
    return op->emitOpError("epilogue has ")
           << body.getNumArguments() << " arguments, not the sum and one for "
           << "each of " << operands.size() << " operands";
  if (!body.getArgument(0).getType().isIntOrFloat())
    return op->emitOpError("epilogue of sums of type ")
           << body.getArgument(0).getType();
  for (auto [i, operand] : llvm::enumerate(operands))
    if (Type element = getElementTypeOrSelf(operand.getType());
        body.getArgument(i + 1).getType() != element)
      return op->emitOpError("argument ")
             << i + 1 << " of the epilogue has type "
             << body.getArgument(i + 1).getType() << ", its operand "
             << element;
  // What is inside is verified later, the block's end among it.
  auto yield = body.empty() ? YieldOp() : dyn_cast<YieldOp>(body.back());
  if (!yield)
    return op->emitOpError("epilogue does not end in conv.yield");
  for (Operation &inner : body.without_terminator())
    if (!inner.hasTrait<OpTrait::ConstantLike>() &&
        (!OpTrait::hasElementwiseMappableTraits(&inner) ||
         !llvm::all_of(inner.getResultTypes(),
                       [](Type type) { return type.isIntOrFloat(); })))
      return inner.emitOpError("in an epilogue is not elementwise on scalars");
  if (Type element = op.getOutputType().getElementType();
      op->hasAttr("accumulate") && body.getArgument(0).getType() != element)
    return op->emitOpError("adds sums of type ")
           << body.getArgument(0).getType() << " to an output of " << element;
  if (Type element = op.getOutputType().getElementType();
      yield.getValue().getType() != element)
    return yield.emitOpError("of type ")
           << yield.getValue().getType() << " for an output of " << element;
  return success();
}

LogicalResult mlir::conv::verifyEpilogue(EpilogueOpInterface op) {
  if (failed(verifyOperands(op)))
    return failure();
  if (!op.getEpilogue().empty())
    return verifyBody(op);
  if (!op.getEpilogueOperands().empty())
    return op->emitOpError("has operands of an epilogue but no epilogue");
  return success();
}
