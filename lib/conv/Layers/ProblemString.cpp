//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Layers/Layer.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <initializer_list>
#include <optional>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(message);
}

/// No extent is larger; keeps the arithmetic below from overflowing.
static constexpr int64_t kMaxExtent = int64_t(1) << 30;

/// Output extent of one axis; 0 when the window does not fit.
static int64_t getOutputExtent(int64_t extent, int64_t window, int64_t stride,
                               int64_t dilation, int64_t low, int64_t high) {
  int64_t slack = extent + low + high - (dilation * (window - 1) + 1);
  return slack < 0 ? 0 : slack / stride + 1;
}

static llvm::Error checkElements(const char *what,
                                 std::initializer_list<int64_t> extents) {
  int64_t bytes = sizeof(float);
  for (int64_t extent : extents)
    if (llvm::MulOverflow(bytes, extent, bytes))
      return makeError(llvm::Twine("the ") + what +
                       " has more bytes than 63 bits can count");
  return llvm::Error::success();
}

llvm::Error bench::finishProblem(Problem &p) {
  struct Field {
    const char *name;
    int64_t value, least;
  };
  for (const Field &field :
       {Field{"batch", p.n, 1}, Field{"groups", p.g, 1},
        Field{"input channels", p.c, 1}, Field{"rows", p.h, 1},
        Field{"columns", p.w, 1}, Field{"output channels", p.k, 1},
        Field{"filter rows", p.r, 1}, Field{"filter columns", p.s, 1},
        Field{"row stride", p.strideH, 1}, Field{"column stride", p.strideW, 1},
        Field{"row dilation", p.dilationH, 1},
        Field{"column dilation", p.dilationW, 1},
        Field{"row padding", p.lowH, 0}, Field{"column padding", p.lowW, 0},
        Field{"high row padding", p.highH, 0},
        Field{"high column padding", p.highW, 0}}) {
    if (field.value < field.least || field.value > kMaxExtent)
      return makeError(llvm::formatv("{0} is {1}, not between {2} and {3}",
                                     field.name, field.value, field.least,
                                     kMaxExtent));
  }
  p.ho = getOutputExtent(p.h, p.r, p.strideH, p.dilationH, p.lowH, p.highH);
  p.wo = getOutputExtent(p.w, p.s, p.strideW, p.dilationW, p.lowW, p.highW);
  if (!p.ho || !p.wo)
    return makeError(llvm::formatv(
        "a {0}x{1} window with dilation {2}x{3} does not fit the padded image",
        p.r, p.s, p.dilationH, p.dilationW));
  if (auto error = checkElements("input", {p.n, p.g, p.c, p.h, p.w}))
    return error;
  if (auto error = checkElements("filter", {p.g, p.c, p.k, p.r, p.s}))
    return error;
  return checkElements("output", {p.n, p.g, p.k, p.ho, p.wo});
}

namespace {
/// The numbers of a problem string, by token name.
class Tokens {
public:
  llvm::Error parse(llvm::StringRef text, std::string &name);
  std::optional<int64_t> get(llvm::StringRef key) const {
    auto it = values.find(key);
    return it == values.end() ? std::nullopt : std::optional(it->second);
  }
  /// The value of `key` in columns, else of `rows` there, else `fallback`.
  int64_t getColumns(llvm::StringRef key, llvm::StringRef rows,
                     int64_t fallback) const {
    if (auto value = get(key))
      return *value;
    return get(rows).value_or(fallback);
  }

private:
  llvm::StringMap<int64_t> values;
};
} // namespace

llvm::Error Tokens::parse(llvm::StringRef text, std::string &name) {
  llvm::StringRef rest = text;
  while (!rest.empty()) {
    if (rest.consume_front("_"))
      continue;
    llvm::StringRef key = rest.take_while(llvm::isAlpha);
    llvm::StringRef after = rest.drop_front(key.size());
    if (key == "n" && after.consume_front("\"")) {
      size_t end = after.find('"');
      if (end == llvm::StringRef::npos)
        return makeError("problem '" + text + "': the name has no closing \"");
      name = after.take_front(end).str();
      rest = after.drop_front(end + 1);
      continue;
    }
    if (key == "n") { // An unquoted name takes all the rest, as in benchdnn.
      name = after.str();
      return llvm::Error::success();
    }
    static const llvm::StringRef known[] = {
        "mb", "g",  "ic", "oc", "id", "ih", "iw", "od", "oh", "ow", "kd",
        "kh", "kw", "sd", "sh", "sw", "dd", "dh", "dw", "pd", "ph", "pw"};
    llvm::StringRef digits = after.take_while(llvm::isDigit);
    llvm::StringRef token = rest.take_front(key.size() + digits.size());
    if (token.empty())
      token = rest.take_front(1);
    if (!llvm::is_contained(known, key))
      return makeError("problem '" + text + "': unknown token '" + token +
                       "' (known: mb g ic oc id ih iw od oh ow kd kh kw sd sh "
                       "sw dd dh dw pd ph pw n)");
    if (digits.empty())
      return makeError("problem '" + text + "': token '" + token +
                       "' has no number");
    int64_t value;
    if (digits.getAsInteger(10, value) || value > kMaxExtent)
      return makeError("problem '" + text + "': the number of '" + token +
                       "' is too large");
    if (!values.try_emplace(key, value).second)
      return makeError("problem '" + text + "': token '" + token +
                       "' repeats '" + key + "'");
    rest = after.drop_front(digits.size());
  }
  return llvm::Error::success();
}

/// The high padding of one axis from its output extent.
static llvm::Expected<int64_t> getHighPadding(llvm::StringRef text,
                                              llvm::StringRef token,
                                              int64_t wanted, int64_t extent,
                                              int64_t window, int64_t stride,
                                              int64_t dilation, int64_t low) {
  // benchdnn's convention; extra rows that no window reaches do not matter.
  int64_t high =
      (wanted - 1) * stride + dilation * (window - 1) + 1 - extent - low;
  high = std::max<int64_t>(high, 0);
  int64_t got =
      wanted < 1 ? 0
                 : getOutputExtent(extent, window, stride, dilation, low, high);
  if (got != wanted)
    return makeError(llvm::formatv(
        "problem '{0}': '{1}{2}' contradicts the input, window, stride and "
        "padding, which give at least {3}",
        text, token, wanted, got));
  return high;
}

/// Whether the tokens are of one or two dimensions, as benchdnn counts them:
/// without `ih` the problem has one, with `id` three. What a dimension has is
/// given for it or, in columns, taken from rows.
static llvm::Error checkDimensions(llvm::StringRef text, const Tokens &tokens) {
  auto fail = [&](const llvm::Twine &why) {
    return makeError("problem '" + text + "': " + why);
  };
  // A depth of one is how benchdnn may write a problem of two dimensions.
  for (auto [token, flat] :
       {std::pair("id", 1), std::pair("od", 1), std::pair("kd", 1),
        std::pair("sd", 1), std::pair("dd", 0), std::pair("pd", 0)})
    if (auto value = tokens.get(token); value && *value != flat)
      return fail(llvm::formatv("'{0}{1}' makes it three-dimensional; layers "
                                "have one or two dimensions",
                                token, *value));
  if (tokens.get("ih")) {
    if (!tokens.get("kh"))
      return fail("token 'kh' is missing");
    return llvm::Error::success();
  }
  for (llvm::StringRef token : {"kh", "oh", "sh", "dh", "ph"})
    if (tokens.get(token))
      return fail("token 'ih' is missing, without which it has one dimension "
                  "and no '" +
                  token + "'");
  for (llvm::StringRef token : {"iw", "kw"})
    if (!tokens.get(token))
      return fail("token '" + token + "' is missing");
  return llvm::Error::success();
}

llvm::Expected<Layer> bench::parseProblemString(llvm::StringRef text) {
  Layer layer;
  Tokens tokens;
  if (auto error = tokens.parse(text, layer.name))
    return std::move(error);
  auto fail = [&](const llvm::Twine &why) {
    return makeError("problem '" + text + "': " + why);
  };
  for (llvm::StringRef key : {"ic", "oc"})
    if (!tokens.get(key))
      return fail("token '" + key + "' is missing");
  if (auto error = checkDimensions(text, tokens))
    return std::move(error);

  Problem &p = layer.problem;
  p.n = tokens.get("mb").value_or(1);
  p.g = tokens.get("g").value_or(1);
  int64_t c = *tokens.get("ic"), k = *tokens.get("oc");
  if (p.g < 1 || c % p.g || k % p.g)
    return fail(
        llvm::formatv("'g{0}' does not divide 'ic{1}' and 'oc{2}'", p.g, c, k));
  p.c = c / p.g;
  p.k = k / p.g;
  p.h = tokens.get("ih").value_or(1);
  p.w = tokens.getColumns("iw", "ih", 0);
  p.r = tokens.get("kh").value_or(1);
  p.s = tokens.getColumns("kw", "kh", 0);
  p.strideH = tokens.get("sh").value_or(1);
  p.strideW = tokens.getColumns("sw", "sh", 1);
  p.dilationH = tokens.get("dh").value_or(0) + 1;
  p.dilationW = tokens.getColumns("dw", "dh", 0) + 1;
  p.lowH = p.highH = tokens.get("ph").value_or(0);
  p.lowW = p.highW = tokens.getColumns("pw", "ph", 0);
  // Checked before the division below and with symmetric padding, so that a
  // zero is reported as such.
  for (int64_t value : {p.strideH, p.strideW, p.r, p.s, p.h, p.w})
    if (value < 1)
      return fail("sizes and strides must be at least 1");
  if (auto oh = tokens.get("oh")) {
    auto high = getHighPadding(text, "oh", *oh, p.h, p.r, p.strideH,
                               p.dilationH, p.lowH);
    if (!high)
      return high.takeError();
    p.highH = *high;
  }
  if (int64_t ow = tokens.getColumns("ow", "oh", -1); ow >= 0) {
    auto high = getHighPadding(text, "ow", ow, p.w, p.s, p.strideW, p.dilationW,
                               p.lowW);
    if (!high)
      return high.takeError();
    p.highW = *high;
  }
  if (auto error = finishProblem(p))
    return fail(llvm::toString(std::move(error)));
  if (layer.name.empty())
    layer.name = text.str();
  return layer;
}
