//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// `#conv.schedule`: its text and which fields go together. What can be said of
/// each field alone follows from ScheduleFields.def.
///
//===----------------------------------------------------------------------===//

#include "conv/IR/Conv.h"
#include "conv/IR/Winograd.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

#include <optional>

using namespace mlir;
using namespace mlir::conv;

//===----------------------------------------------------------------------===//
// ScheduleFields
//===----------------------------------------------------------------------===//

ScheduleAttr SchedulePart::getSchedule() const {
  return cast<ScheduleAttr>(schedule);
}

llvm::hash_code mlir::conv::hash_value(const ScheduleParts &parts) {
  llvm::hash_code code(0);
  for (const SchedulePart &part : parts)
    code = llvm::hash_combine(code, part.channels, part.schedule);
  return code;
}

ScheduleFields::ScheduleFields(ScheduleAttr schedule)
    : ScheduleFields(schedule.getFields()) {}

ScheduleAttr ScheduleFields::toAttr(MLIRContext *context) const {
  return ScheduleAttr::get(context, *this);
}

ScheduleAttr ScheduleFields::toAttrIfValid(MLIRContext *context) const {
  ScopedDiagnosticHandler silent(context,
                                 [](Diagnostic &) { return success(); });
  return toAttrChecked(
      [&] { return mlir::emitError(UnknownLoc::get(context)); }, context);
}

ScheduleAttr
ScheduleFields::toAttrChecked(function_ref<InFlightDiagnostic()> emitError,
                              MLIRContext *context) const {
  return ScheduleAttr::getChecked(emitError, context, *this);
}

void ScheduleFields::consume(ScheduleConsumer by) {
  const ScheduleFields defaults;
#define CONV_SCHEDULE_FIELD(type, member, accessor, name, presence, byDefault, \
                            consumer)                                          \
  if (by == ScheduleConsumer::consumer)                                        \
    member = defaults.member;
#include "conv/IR/ScheduleFields.def"
}

bool ScheduleFields::operator==(const ScheduleFields &o) const {
#define CONV_SCHEDULE_FIELD(type, member, accessor, name, presence, byDefault, \
                            consumer)                                          \
  if (member != o.member)                                                      \
    return false;
#include "conv/IR/ScheduleFields.def"
  return true;
}

llvm::hash_code mlir::conv::hash_value(const ScheduleFields &fields) {
  llvm::hash_code code(0);
#define CONV_SCHEDULE_FIELD(type, member, accessor, name, presence, byDefault, \
                            consumer)                                          \
  code = llvm::hash_combine(code, fields.member);
#include "conv/IR/ScheduleFields.def"
  return code;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

namespace {
/// Whether the text of a schedule must have a field.
enum class FieldPresence { Required, Optional };
} // namespace

/// Reads the value of a field.
template <typename T>
static ParseResult parseScheduleField(AsmParser &parser, StringRef, T &field) {
  FailureOr<T> value = FieldParser<T>::parse(parser);
  if (failed(value))
    return failure();
  field = *value;
  return success();
}

static std::string formatTile(ArrayRef<int64_t> tile) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "tile = [";
  llvm::interleaveComma(tile, os);
  os << "]";
  return text;
}

static ParseResult parseScheduleField(AsmParser &parser, StringRef,
                                      std::optional<WinogradTile> &field) {
  SMLoc loc = parser.getCurrentLocation();
  SmallVector<int64_t> tile;
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
        return parser.parseInteger(tile.emplace_back());
      }))
    return failure();
  if (!isWinogradTile(tile))
    return parser.emitError(loc) << formatTile(tile) << " has no matrices";
  field.emplace(tile[0], tile[1]);
  return success();
}

/// An algorithm whose name says its tile; nothing where the text names none.
static std::optional<NamedAlgorithm> parseTiledAlgorithm(AsmParser &parser) {
  for (const NamedAlgorithm &named : getNamedAlgorithms())
    if (named.tile && succeeded(parser.parseOptionalKeyword(named.getName())))
      return named;
  return std::nullopt;
}

/// Names of the project's tables are written as keywords.
static ParseResult parseScheduleField(AsmParser &parser, StringRef,
                                      std::string &field) {
  StringRef keyword;
  ParseResult result = parser.parseKeyword(&keyword);
  field = keyword.str();
  return result;
}

static ParseResult parseScheduleField(AsmParser &parser, StringRef name,
                                      Split &field) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef keyword;
  if (parser.parseKeyword(&keyword))
    return failure();
  std::optional<Split> split = Split::parse(keyword);
  if (!split)
    return parser.emitError(loc)
           << name << " = " << keyword
           << " is not 'none' or letters of 'nghwk' with counts of at least 2";
  field = *split;
  return success();
}

/// `[channels: <...>, ...]`, each with the text of a schedule.
static ParseResult parseScheduleField(AsmParser &parser, StringRef,
                                      ScheduleParts &field) {
  SmallVector<SchedulePart> parts;
  auto parseOne = [&]() -> ParseResult {
    SchedulePart &part = parts.emplace_back();
    if (parser.parseInteger(part.channels) || parser.parseColon())
      return failure();
    part.schedule = ScheduleAttr::parse(parser, Type());
    return success(part.schedule != Attribute());
  };
  ParseResult result =
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseOne);
  field = ScheduleParts(parts);
  return result;
}

/// Reads the value of the field `name`, which the text has named.
static ParseResult parseScheduleField(AsmParser &parser, SMLoc loc,
                                      StringRef name, ScheduleFields &fields) {
#define CONV_SCHEDULE_FIELD(type, member, accessor, text, presence, byDefault, \
                            consumer)                                          \
  if (name == text)                                                            \
    return parseScheduleField(parser, name, fields.member);
#include "conv/IR/ScheduleFields.def"
  return parser.emitError(loc) << "a schedule has no field '" << name << "'";
}

Attribute ScheduleAttr::parse(AsmParser &parser, Type) {
  SMLoc begin = parser.getCurrentLocation();
  ScheduleFields fields;
  std::optional<NamedAlgorithm> tiled;
  SmallVector<StringRef> seen;
  auto parseOne = [&]() -> ParseResult {
    SMLoc loc = parser.getCurrentLocation();
    StringRef name;
    if (parser.parseKeyword(&name) || parser.parseEqual())
      return failure();
    if (llvm::is_contained(seen, name))
      return parser.emitError(loc) << "field '" << name << "' is given twice";
    seen.push_back(name);
    if (name == "algorithm" && (tiled = parseTiledAlgorithm(parser))) {
      fields.algorithm = tiled->algorithm;
      return success();
    }
    return parseScheduleField(parser, loc, name, fields);
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseOne))
    return {};
  StringRef missing;
#define CONV_SCHEDULE_FIELD(type, member, accessor, name, presence, byDefault, \
                            consumer)                                          \
  if (FieldPresence::presence == FieldPresence::Required && missing.empty() && \
      !llvm::is_contained(seen, name))                                         \
    missing = name;
#include "conv/IR/ScheduleFields.def"
  if (!missing.empty()) {
    parser.emitError(begin) << "a schedule needs the field '" << missing << "'";
    return {};
  }
  if (tiled && fields.tile && fields.tile != tiled->tile) {
    parser.emitError(begin) << formatTile(*fields.tile)
                            << " is not of algorithm = " << tiled->getName();
    return {};
  }
  if (tiled)
    fields.tile = tiled->tile;
  return parser.getChecked<ScheduleAttr>(begin, parser.getContext(), fields);
}

template <typename T>
static void printScheduleField(AsmPrinter &printer, const T &field) {
  if constexpr (std::is_same_v<T, bool>)
    printer << (field ? "true" : "false");
  else
    printer << field;
}

static void printScheduleField(AsmPrinter &printer,
                               const std::optional<WinogradTile> &tile) {
  printer << '[';
  llvm::interleaveComma(*tile, printer);
  printer << ']';
}

static void printScheduleField(AsmPrinter &printer,
                               const ScheduleParts &parts) {
  printer << '[';
  llvm::interleaveComma(parts, printer, [&](const SchedulePart &part) {
    printer << part.channels << ": ";
    part.getSchedule().print(printer);
  });
  printer << ']';
}

void ScheduleAttr::print(AsmPrinter &printer) const {
  const ScheduleFields &fields = getFields(), defaults;
  llvm::ListSeparator comma;
  printer << '<';
#define CONV_SCHEDULE_FIELD(type, member, accessor, name, presence, byDefault, \
                            consumer)                                          \
  if (FieldPresence::presence == FieldPresence::Required ||                    \
      fields.member != defaults.member) {                                      \
    printer << StringRef(comma) << name << " = ";                              \
    printScheduleField(printer, fields.member);                                \
  }
#include "conv/IR/ScheduleFields.def"
  printer << '>';
}

std::string mlir::conv::getScheduleText(ScheduleAttr schedule) {
  std::string text;
  llvm::raw_string_ostream os(text);
  Attribute(schedule).print(os);
  StringRef body = text;
  body.consume_front("#conv.schedule");
  return body.str();
}

ScheduleAttr mlir::conv::parseSchedule(StringRef text, MLIRContext *context) {
  StringRef body = text.trim();
  body.consume_front("#conv.schedule");
  return dyn_cast_or_null<ScheduleAttr>(
      parseAttribute(("#conv.schedule" + body).str(), context));
}

ScheduleAttr mlir::conv::parseScheduleIfValid(StringRef text,
                                              MLIRContext *context) {
  ScopedDiagnosticHandler silent(context,
                                 [](Diagnostic &) { return success(); });
  return parseSchedule(text, context);
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

ScheduleAttr
ScheduleAttr::with(function_ref<void(ScheduleFields &)> change) const {
  ScheduleFields fields = getFields();
  change(fields);
  return fields.toAttr(getContext());
}

/// Sizes outside their ranges; registers are checked against the machine where
/// the schedule is applied.
static LogicalResult verifySizes(function_ref<InFlightDiagnostic()> emitError,
                                 const ScheduleFields &fields) {
  auto inRange = [&](StringRef name, int64_t value, int64_t least,
                     int64_t most) -> LogicalResult {
    if (value >= least && value <= most)
      return success();
    return emitError() << name << " = " << value << " is outside [" << least
                       << ", " << most << "]";
  };
#define CONV_SCHEDULE_FIELD(...)
#define CONV_SCHEDULE_SIZE(member, accessor, name, presence, byDefault, least, \
                           most, consumer)                                     \
  if (failed(inRange(name, fields.member, least, most)))                       \
    return failure();
#include "conv/IR/ScheduleFields.def"
  return success();
}

/// A tile that the algorithm does not have, or needs.
static LogicalResult verifyTile(function_ref<InFlightDiagnostic()> emitError,
                                const ScheduleFields &fields) {
  StringRef algorithm = stringifyAlgorithm(fields.algorithm);
  if (hasTile(fields.algorithm) && !fields.tile)
    return emitError() << "algorithm = " << algorithm
                       << " needs the field 'tile'";
  if (fields.tile && !hasTile(fields.algorithm))
    return emitError() << formatTile(*fields.tile)
                       << " is not of algorithm = " << algorithm;
  if (fields.tile && !isWinogradTile(*fields.tile))
    return emitError() << formatTile(*fields.tile) << " has no matrices";
  return success();
}

/// More output channels of a part than this are a mistake.
static constexpr int64_t kMostChannels = int64_t(1) << 31;

/// Parts that cannot be those of a schedule with the fields `whole`.
static LogicalResult verifyParts(function_ref<InFlightDiagnostic()> emitError,
                                 const ScheduleFields &whole) {
  for (const SchedulePart &part : whole.parts) {
    if (part.channels < 1 || part.channels > kMostChannels)
      return emitError() << "parts: " << part.channels
                         << " is no number of output channels";
    ScheduleAttr schedule = part.getSchedule();
    if (!schedule.getParts().empty())
      return emitError() << "parts: a part has no parts of its own";
    if (schedule.getAlgorithm() != whole.algorithm ||
        schedule.getFma() != whole.fma)
      return emitError() << "parts: algorithm and fma of a part are those of "
                            "the schedule";
  }
  return success();
}

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   ScheduleFields f) {
  if (failed(verifyTile(emitError, f)) || failed(verifySizes(emitError, f)))
    return failure();
  if (!llvm::isPowerOf2_64(f.nVec))
    return emitError() << "n_vec must be a power of two, got " << f.nVec;
  bool alongColumns = f.vector == VectorIterator::W;
  bool alongInput = f.vector == VectorIterator::C;
  bool lane = f.broadcast == Broadcast::Lane;
  if (alongColumns && f.wOb % f.nVec != 0)
    return emitError() << "w_ob = " << f.wOb
                       << " is not a multiple of n_vec = " << f.nVec
                       << ", which vector = w needs";
  if (alongInput && (f.nVec == 1 || f.filter != FilterForm::Packed || lane))
    return emitError() << "vector = c needs a packed filter, n_vec of at least "
                          "2 and no broadcast = lane";
  bool overGroups = f.vector == VectorIterator::G;
  if (overGroups && (f.nVec == 1 || f.filter != FilterForm::Packed ||
                     f.broadcast != Broadcast::Memory))
    return emitError() << "vector = g needs a packed filter, n_vec of at least "
                          "2 and broadcast = memory";
  bool inPairs = f.vector == VectorIterator::KW;
  if (inPairs && (f.nVec < 4 || f.filter != FilterForm::Packed ||
                  f.broadcast != Broadcast::Memory))
    return emitError() << "vector = kw needs a packed filter, n_vec of at "
                          "least 4 and broadcast = memory";
  if (inPairs && f.wOb % 2 != 0)
    return emitError() << "w_ob = " << f.wOb
                       << " is odd, vector = kw needs pairs of columns";
  if (inPairs && f.cOb % (f.nVec / 2) != 0)
    return emitError() << "c_ob = " << f.cOb
                       << " is not a multiple of half of n_vec = " << f.nVec
                       << ", which vector = kw needs";
  if (f.share && f.vector == VectorIterator::K)
    return emitError() << "share needs another vector than k";
  bool fillsLanes = !alongColumns && !alongInput && !inPairs;
  if ((fillsLanes || lane) && f.cOb % f.nVec != 0)
    return emitError() << "c_ob = " << f.cOb
                       << " is not a multiple of n_vec = " << f.nVec;
  if (!alongColumns && lane && f.unroll % f.nVec != 0)
    return emitError() << "broadcast = lane needs an unroll that is a multiple "
                          "of n_vec = "
                       << f.nVec << ", got " << f.unroll;
  if (f.flatten && f.hOb != 1)
    return emitError() << "flatten needs h_ob = 1, got " << f.hOb;
  if (f.parallel.w != 1 && !f.flatten)
    return emitError() << "parallel = " << f.parallel.str()
                       << " divides columns, which needs flatten";
  if (f.hOb > 1 && f.band != 0)
    return emitError() << "h_ob = " << f.hOb
                       << " cannot be combined with band = " << f.band;
  return verifyParts(emitError, f);
}
