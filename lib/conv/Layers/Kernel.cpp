//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Layers/Kernel.h"

#include "conv/Layers/ElementTypes.h"
#include "conv/Schedule/ProblemJSON.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

llvm::Expected<Letters> bench::getLetters(const Problem &problem,
                                          llvm::StringRef layout) {
  bool grouped = problem.g > 1, depthwise = problem.isDepthwise();
  if (layout == "nhwc") {
    if (depthwise)
      return Letters{"nhwg", "rsg", "nhwg"};
    if (grouped)
      return Letters{"nhwgc", "rsgck", "nhwgk"};
    return Letters{"nhwc", "rsck", "nhwk"};
  }
  if (layout == "nchw") {
    if (depthwise)
      return Letters{"nghw", "grs", "nghw"};
    if (grouped)
      return Letters{"ngchw", "gkcrs", "ngkhw"};
    return Letters{"nchw", "kcrs", "nkhw"};
  }
  if (layout == "blocked") {
    if (grouped)
      return llvm::createStringError(
          "the blocked layout cannot be combined with groups");
    return Letters{"nChwc", "rsck", "nKhwk"};
  }
  return llvm::createStringError("unknown layout '" + layout +
                                 "' (known: nhwc, nchw, blocked)");
}

int64_t Operand::numElements() const {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

int64_t Operand::getStride(char letter) const {
  size_t pos = letters.find(letter);
  if (pos == std::string::npos)
    return 0;
  int64_t stride = 1;
  for (size_t i = pos + 1; i < shape.size(); ++i)
    stride *= shape[i];
  return stride;
}

/// Channels per block: as Zhang, Franchetti and Low choose them, a multiple of
/// the vectors of every CPU where the channels allow it, else all in one.
static int64_t getBlock(int64_t channels) {
  for (int64_t block : {32, 16})
    if (channels % block == 0)
      return block;
  return channels;
}

/// `h` and `w` stand for the output's extents when `isOutput`.
static Operand makeOperand(const Problem &p, llvm::StringRef letters,
                           bool isOutput) {
  Operand operand;
  operand.letters = letters.str();
  auto block = [](int64_t given, int64_t channels) {
    return given != 0 ? given : getBlock(channels);
  };
  int64_t inputBlock = block(p.inputBlock, p.c),
          outputBlock = block(p.outputBlock, p.k);
  for (char letter : letters) {
    int64_t extent = 1;
    switch (letter) {
    case 'n':
      extent = p.n;
      break;
    case 'g':
      extent = p.g;
      break;
    case 'C':
      extent = p.c / inputBlock;
      break;
    case 'K':
      extent = p.k / outputBlock;
      break;
    case 'c':
      extent = letters.contains('C') ? inputBlock : p.c;
      break;
    case 'k':
      extent = letters.contains('K') ? outputBlock : p.k;
      break;
    case 'r':
      extent = p.r;
      break;
    case 's':
      extent = p.s;
      break;
    case 'h':
      extent = isOutput ? p.ho : p.h;
      break;
    case 'w':
      extent = isOutput ? p.wo : p.w;
      break;
    }
    operand.shape.push_back(extent);
  }
  return operand;
}

int64_t Operand::getChannelOffset(char letter, int64_t channel) const {
  size_t block = letters.find(llvm::toUpper(letter));
  if (block == std::string::npos)
    return channel * getStride(letter);
  int64_t size = shape[letters.find(letter)];
  return channel / size * getStride(llvm::toUpper(letter)) +
         channel % size * getStride(letter);
}

Operand KernelSpec::getInput() const {
  return makeOperand(problem, letters.input, false);
}
Operand KernelSpec::getFilter() const {
  return makeOperand(problem, letters.filter, false);
}
Operand KernelSpec::getOutput() const {
  return makeOperand(problem, letters.output, true);
}
Operand KernelSpec::getBias() const {
  std::string kept;
  for (char letter : letters.output)
    if (letter == 'g' || letter == 'k')
      kept += letter;
  return makeOperand(problem, kept, true);
}

int64_t KernelSpec::getNumBytes() const {
  FactorTypes types = getTypes();
  int64_t sums = getOutput().numElements();
  if (problem.hasBias)
    sums += getBias().numElements();
  if (problem.hasResidual)
    sums += getOutput().numElements();
  int64_t bits = getInput().numElements() * getBits(types.a) +
                 getFilter().numElements() * getBits(types.b) +
                 sums * getBits(types.acc);
  return bits / 8;
}

KernelSpec bench::getKernelSpec(ConvOp op, int64_t batch) {
  KernelSpec spec;
  spec.problem = Problem::fromOp(op);
  if (ShapedType::isDynamic(spec.problem.n))
    spec.problem.n = batch;
  // What it accumulates onto is read once, as a residual is.
  spec.problem.hasResidual |= spec.problem.accumulates;
  spec.problem.accumulates = false;
  DimsAttr dims = op.getDims();
  spec.letters = {dims.getInput().str(), dims.getFilter().str(),
                  dims.getOutput().str()};
  spec.clampLower.reset();
  // Of an epilogue without a short form only the sums are measured.
  std::optional<SimpleEpilogue> simple = matchSimpleEpilogue(op);
  if (ClampAttr clamp = simple ? simple->getClamp() : ClampAttr()) {
    if (FloatAttr lower = clamp.getLower())
      spec.clampLower = lower.getValueAsDouble();
    if (FloatAttr upper = clamp.getUpper())
      spec.clampUpper = upper.getValueAsDouble();
    spec.clampBoundsNaN = clamp.getNan() == NaNMode::Bound;
  }
  return spec;
}

FailureOr<OwningOpRef<ModuleOp>> bench::buildKernel(const KernelSpec &spec,
                                                    MLIRContext *context) {
  const Problem &p = spec.problem;
  Location loc = UnknownLoc::get(context);
  OpBuilder builder(context);
  FactorTypes elements = spec.getTypes();
  auto typeOf = [&](const Operand &operand, ElementKind kind) -> Type {
    return MemRefType::get(operand.shape, getElementType(kind, context));
  };

  ScheduleAttr schedule;
  if (!spec.schedule.empty()) {
    schedule = parseSchedule(spec.schedule, context);
    if (!schedule)
      return failure();
  }
  auto emitError = [&] { return mlir::emitError(loc); };
  int64_t strides[] = {p.strideH, p.strideW},
          dilations[] = {p.dilationH, p.dilationW}, low[] = {p.lowH, p.lowW},
          high[] = {p.highH, p.highW};
  if (failed(DimsAttr::verify(emitError, spec.letters.input,
                              spec.letters.filter, spec.letters.output, strides,
                              dilations, low, high)))
    return failure();
  DimsAttr dims =
      DimsAttr::get(context, spec.letters.input, spec.letters.filter,
                    spec.letters.output, strides, dilations, low, high);
  // Bounds are of floating point.
  ClampAttr clamp;
  if (p.hasClamp && isFloat(elements.acc) &&
      (spec.clampLower || spec.clampUpper)) {
    Type type = getElementType(elements.acc, context);
    auto bound = [&](std::optional<double> value) {
      return value ? builder.getFloatAttr(type, *value) : FloatAttr();
    };
    clamp = ClampAttr::get(
        context, bound(spec.clampLower), bound(spec.clampUpper),
        spec.clampBoundsNaN ? NaNMode::Bound : NaNMode::Propagate);
  }

  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  builder.setInsertionPointToEnd(module->getBody());
  SmallVector<Type> types{typeOf(spec.getInput(), elements.a),
                          typeOf(spec.getFilter(), elements.b)};
  if (p.hasBias)
    types.push_back(typeOf(spec.getBias(), elements.acc));
  if (p.hasResidual)
    types.push_back(typeOf(spec.getOutput(), elements.acc));
  types.push_back(typeOf(spec.getOutput(), elements.acc));
  auto func = func::FuncOp::create(builder, loc, "conv",
                                   builder.getFunctionType(types, {}));
  func->setAttr("llvm.emit_c_interface", builder.getUnitAttr());
  Block *block = func.addEntryBlock();
  builder.setInsertionPointToStart(block);
  unsigned next = 2;
  Value bias = p.hasBias ? block->getArgument(next++) : Value();
  Value residual = p.hasResidual ? block->getArgument(next++) : Value();
  auto conv =
      ConvOp::create(builder, loc, TypeRange(), block->getArgument(0),
                     block->getArgument(1), block->getArgument(next), bias,
                     residual, dims, /*accumulate=*/false, clamp, schedule);
  conv.setUnsignedInput(elements.a == ElementKind::U8);
  func::ReturnOp::create(builder, loc);
  if (failed(verify(*module)))
    return failure();
  return module;
}

FailureOr<Problem> bench::getKernelProblem(const KernelSpec &spec,
                                           MLIRContext *context) {
  KernelSpec undecided = spec;
  undecided.schedule.clear();
  FailureOr<OwningOpRef<ModuleOp>> module = buildKernel(undecided, context);
  if (failed(module))
    return failure();
  Problem problem;
  (*module)->walk([&](ConvOp op) { problem = Problem::fromOp(op); });
  return problem;
}

llvm::json::Value bench::toJSON(const KernelSpec &spec) {
  const Problem &p = spec.problem;
  auto optional = [](std::optional<double> value) -> llvm::json::Value {
    return value ? llvm::json::Value(*value) : llvm::json::Value(nullptr);
  };
  llvm::json::Object object = describeProblem(p);
  object["type"] = getElementTypesName(spec.getTypes());
  object["input_block"] = p.inputBlock;
  object["output_block"] = p.outputBlock;
  object["lower"] = optional(spec.clampLower);
  object["upper"] = optional(spec.clampUpper);
  object["bounds_nan"] = spec.clampBoundsNaN;
  object["input"] = spec.letters.input;
  object["filter"] = spec.letters.filter;
  object["output"] = spec.letters.output;
  object["schedule"] = spec.schedule;
  return object;
}

bool bench::fromJSON(const llvm::json::Value &value, KernelSpec &spec,
                     llvm::json::Path path) {
  Problem &p = spec.problem;
  llvm::json::ObjectMapper map(value, path);
  spec.clampLower.reset();
  std::string type = "f32";
  if (!map || !map.mapOptional("type", type))
    return false;
  llvm::Expected<FactorTypes> types = parseElementTypes(type);
  if (!types) {
    path.field("type").report("unknown element type");
    llvm::consumeError(types.takeError());
    return false;
  }
  setElementTypes(p, *types);
  return readProblem(value, p, path) && map.map("input_block", p.inputBlock) &&
         map.map("output_block", p.outputBlock) &&
         map.map("lower", spec.clampLower) &&
         map.map("upper", spec.clampUpper) &&
         map.map("bounds_nan", spec.clampBoundsNaN) &&
         map.map("input", spec.letters.input) &&
         map.map("filter", spec.letters.filter) &&
         map.map("output", spec.letters.output) &&
         map.map("schedule", spec.schedule);
}
