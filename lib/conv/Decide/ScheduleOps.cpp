//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Decide/ScheduleOps.h"

#include "conv/Algorithms/Algorithms.h"
#include "conv/Machine/MachineModel.h"
#include "conv/Schedule/AlgorithmTraits.h"
#include "conv/Schedule/FilterValues.h"

using namespace mlir;
using namespace mlir::conv;

//===----------------------------------------------------------------------===//
// Fields from parameters
//===----------------------------------------------------------------------===//

namespace {

/// A field of the schedule by its name: exactly one of the pointers is set.
struct Field {
  int64_t *size = nullptr;
  bool *flag = nullptr;
  /// Takes a keyword; false when it is unknown.
  std::function<bool(StringRef)> keyword;
  /// Takes several numbers; false where they are none of its values.
  std::function<bool(ArrayRef<int64_t>)> numbers;

  bool exists() const { return size || flag || keyword || numbers; }
};

} // namespace

static Field makeField(int64_t &target) {
  Field field;
  field.size = &target;
  return field;
}

static Field makeField(bool &target) {
  Field field;
  field.flag = &target;
  return field;
}

/// Stores a name, for the schedule's legality to judge.
static Field makeField(std::string &target) {
  Field field;
  field.keyword = [&target](StringRef text) {
    target = text.str();
    return true;
  };
  return field;
}

/// Stores what `parse` makes of a keyword in `target`.
template <typename T>
static Field makeNamed(T &target, std::optional<T> (*parse)(StringRef)) {
  Field field;
  field.keyword = [&target, parse](StringRef text) {
    std::optional<T> value = parse(text);
    if (value)
      target = *value;
    return value.has_value();
  };
  return field;
}

static Field makeField(Split &target) {
  return makeNamed(target, Split::parse);
}

/// Parts are schedules, which no parameter is: those of the operation's own
/// schedule stay.
static Field makeField(ScheduleParts &) {
  Field field;
  field.keyword = [](StringRef) { return false; };
  return field;
}

template <typename EnumT> static Field makeField(EnumT &target) {
  return makeNamed<EnumT>(target, symbolizeEnum<EnumT>);
}

static Field makeField(std::optional<WinogradTile> &target) {
  Field field;
  field.numbers = [&target](ArrayRef<int64_t> tile) {
    if (!isWinogradTile(tile))
      return false;
    target.emplace(tile[0], tile[1]);
    return true;
  };
  return field;
}

/// An algorithm by its name, which says its tile as well, or by that of those
/// with any tile.
static Field makeAlgorithmField(ScheduleFields &target) {
  Field field;
  field.keyword = [&target](StringRef text) {
    if (std::optional<NamedAlgorithm> named = NamedAlgorithm::parse(text)) {
      target.setNamedAlgorithm(*named);
      return true;
    }
    std::optional<Algorithm> tiled = symbolizeAlgorithm(text);
    if (tiled)
      target.algorithm = *tiled;
    return tiled.has_value();
  };
  return field;
}

static Field getField(ScheduleFields &s, StringRef name) {
  if (name == "algorithm")
    return makeAlgorithmField(s);
#define CONV_SCHEDULE_FIELD(type, member, accessor, text, ...)                 \
  if (name == text)                                                            \
    return makeField(s.member);
#include "conv/IR/ScheduleFields.def"
  return {};
}

/// Sets a field to a parameter's value; false when that is of another kind.
static bool setField(const Field &field, Attribute value) {
  if (auto flag = dyn_cast<BoolAttr>(value)) {
    if (field.flag)
      *field.flag = flag.getValue();
    return field.flag;
  }
  if (auto size = dyn_cast<IntegerAttr>(value)) {
    if (!field.size || !size.getValue().isSignedIntN(64))
      return false;
    *field.size = size.getValue().getSExtValue();
    return true;
  }
  if (auto numbers = dyn_cast<DenseI64ArrayAttr>(value))
    return field.numbers && field.numbers(numbers);
  auto text = dyn_cast<StringAttr>(value);
  return text && field.keyword && field.keyword(text);
}

//===----------------------------------------------------------------------===//
// SetScheduleOp
//===----------------------------------------------------------------------===//

/// `with(c_ob = %c : !transform.param<i64>, ...)`; nothing without fields.
static ParseResult
parseFieldParams(OpAsmParser &parser, ArrayAttr &fields,
                 SmallVectorImpl<OpAsmParser::UnresolvedOperand> &params,
                 SmallVectorImpl<Type> &types) {
  SmallVector<StringRef> names;
  auto parseOne = [&]() -> ParseResult {
    return failure(parser.parseKeyword(&names.emplace_back()) ||
                   parser.parseEqual() ||
                   parser.parseOperand(params.emplace_back()) ||
                   parser.parseColonType(types.emplace_back()));
  };
  if (succeeded(parser.parseOptionalKeyword("with")))
    if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, parseOne))
      return failure();
  fields = parser.getBuilder().getStrArrayAttr(names);
  return success();
}

static void printFieldParams(OpAsmPrinter &printer, Operation *,
                             ArrayAttr fields, OperandRange params,
                             TypeRange types) {
  if (params.empty())
    return;
  printer << "with(";
  llvm::interleaveComma(llvm::zip(fields.getAsRange<StringAttr>(), params),
                        printer, [&](auto item) {
                          auto [name, param] = item;
                          printer << name.getValue() << " = " << param << " : "
                                  << param.getType();
                        });
  printer << ")";
}

LogicalResult transform::SetScheduleOp::verify() {
  if (getFields().size() != getParams().size())
    return emitOpError("has ") << getFields().size() << " fields for "
                               << getParams().size() << " parameters";
  ScheduleFields any;
  SmallVector<StringRef> seen;
  for (auto name : getFields().getAsRange<StringAttr>()) {
    if (!getField(any, name).exists())
      return emitOpError("a schedule has no field '") << name.getValue() << "'";
    if (llvm::is_contained(seen, name.getValue()))
      return emitOpError("field '") << name.getValue() << "' is given twice";
    seen.push_back(name);
  }
  return success();
}

void transform::SetScheduleOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  onlyReadsHandle(getTargetMutable(), effects);
  onlyReadsHandle(getParamsMutable(), effects);
  modifiesPayload(effects);
}

/// The machine a payload operation is compiled for.
static FailureOr<MachineAttr> findMachine(transform::SetScheduleOp op,
                                          Operation *payload) {
  if (op.getMachine())
    return *op.getMachine();
  auto module = payload->getParentOfType<ModuleOp>();
  for (ModuleOp m = module; m; m = m->getParentOfType<ModuleOp>())
    if (auto machine = m->getAttrOfType<MachineAttr>("conv.machine"))
      return machine;
  llvm::Expected<MachineModel> model = resolveMachine({}, module);
  if (!model)
    return op.emitOpError(llvm::toString(model.takeError())), failure();
  return model->toAttr(op.getContext());
}

DiagnosedSilenceableFailure
transform::SetScheduleOp::apply(TransformRewriter &rewriter,
                                TransformResults &results,
                                TransformState &state) {
  ScheduleFields fields(getSchedule());
  for (auto [attr, param] : llvm::zip(getFields(), getParams())) {
    StringRef name = cast<StringAttr>(attr).getValue();
    ArrayRef<Attribute> values = state.getParams(param);
    if (values.size() != 1)
      return emitDefiniteFailure() << "field '" << name << "' takes one value, "
                                   << "the parameter has " << values.size();
    if (!setField(getField(fields, name), values.front()))
      return emitDefiniteFailure()
             << values.front() << " is no value of field '" << name << "'";
  }
  ScheduleAttr schedule = fields.toAttrChecked(
      [&] { return emitOpError("parameters do not make a schedule: "); },
      getContext());
  if (!schedule)
    return DiagnosedSilenceableFailure::definiteFailure();

  for (Operation *payload : state.getPayloadOps(getTarget())) {
    auto conv = dyn_cast<ConvOp>(payload);
    if (!conv) {
      auto diag = emitDefiniteFailure()
                  << "takes conv.conv, not " << payload->getName();
      diag.attachNote(payload->getLoc()) << "the operation";
      return diag;
    }
    FailureOr<MachineAttr> machine = findMachine(*this, payload);
    if (failed(machine))
      return DiagnosedSilenceableFailure::definiteFailure();
    Problem problem = Problem::fromOp(conv);
    Obstacle obstacle = findScheduleObstacle(
        problem, getMachineFor(schedule, *machine), schedule);
    if (!obstacle)
      obstacle = findFilterObstacle(conv, schedule.getAlgorithm());
    if (obstacle) {
      auto diag = emitDefiniteFailure() << "schedule cannot compute "
                                        << problem.str() << ": " << *obstacle;
      diag.attachNote(payload->getLoc()) << "the convolution";
      return diag;
    }
    rewriter.modifyOpInPlace(conv, [&] { conv.setScheduleAttr(schedule); });
  }
  return DiagnosedSilenceableFailure::success();
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

namespace {
class ConvTransformDialectExtension
    : public transform::TransformDialectExtension<
          ConvTransformDialectExtension> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ConvTransformDialectExtension)

  using Base::Base;

  void init() {
    declareDependentDialect<ConvDialect>();
    registerTransformOps<
#define GET_OP_LIST
#include "conv/Decide/ScheduleOps.cpp.inc"
        >();
  }
};
} // namespace

#define GET_OP_CLASSES
#include "conv/Decide/ScheduleOps.cpp.inc"

void mlir::conv::registerTransformDialectExtension(DialectRegistry &registry) {
  registry.addExtensions<ConvTransformDialectExtension>();
}
