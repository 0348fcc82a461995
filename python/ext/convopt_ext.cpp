//===- convopt_ext.cpp - The extension module under the Python package ----===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Compilation and calls. Everything that needs no speed is written in Python.
///
//===----------------------------------------------------------------------===//

#include "conv-c/ConvOpt.h"

#define NPY_NO_DEPRECATED_API NPY_1_22_API_VERSION
#include <numpy/arrayobject.h>

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <cstdlib>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace nb = nanobind;
using namespace nb::literals;

namespace {
/// (severity, file, line, column, message).
using DiagnosticTuple =
    std::tuple<std::string, std::string, unsigned, unsigned, std::string>;
using ModulePtr = std::shared_ptr<ConvOptModule>;

/// Bytes to which results are aligned, as the arena is: the width of the widest
/// vectors.
constexpr size_t kAlignment = 64;

/// One context for the process: loading the dialects takes tens of
/// milliseconds. The lock holds from a compilation to reading what it said.
struct Compiler {
  ConvOptContext *context = convOptContextCreate();
  std::mutex mutex;

  static Compiler &get() {
    // Never destroyed: threads may still compile while the interpreter ends.
    static Compiler *compiler = new Compiler;
    return *compiler;
  }
};

const char *getName(ConvOptSeverity severity) {
  switch (severity) {
  case ConvOptSeverityNote:
    return "note";
  case ConvOptSeverityWarning:
    return "warning";
  case ConvOptSeverityError:
    return "error";
  case ConvOptSeverityRemark:
    return "remark";
  }
  return "error";
}

std::string getElementName(const ConvOptValueType &type) {
  std::string bits = std::to_string(type.bits);
  switch (type.code) {
  case ConvOptInt:
    return "int" + bits;
  case ConvOptUInt:
    return "uint" + bits;
  case ConvOptFloat:
    return "float" + bits;
  case ConvOptBFloat:
    return "bfloat" + bits;
  case ConvOptBool:
    return "bool";
  }
  return "unknown";
}

std::string describe(const std::string &element, size_t rank,
                     const int64_t *shape) {
  std::string text = element + "[";
  // Of extents that each call has anew nothing is known.
  for (size_t i = 0; i < rank; ++i)
    text += (i ? ", " : "") +
            (shape[i] < 0 ? std::string("?") : std::to_string(shape[i]));
  return text + "]";
}

/// A function of a module, which it keeps alive.
class Function {
public:
  Function(ModulePtr module, const ConvOptFunction *function)
      : module(std::move(module)), function(function) {
    ConvOptValueType type;
    for (size_t i = 0; convOptFunctionGetArgument(function, i, &type); ++i)
      arguments.push_back(type);
    for (size_t i = 0; convOptFunctionGetResult(function, i, &type); ++i)
      results.push_back(type);
    numSizes = convOptFunctionGetNumSizes(function);
    numResultSizes = convOptFunctionGetNumResultSizes(function);
  }

  std::string getName() const { return convOptFunctionGetName(function); }
  /// None where it follows from the sizes of a call.
  nb::object getWorkspaceBytes() const {
    if (numSizes > 0)
      return nb::none();
    return nb::int_(convOptFunctionGetWorkspaceBytes(function));
  }

  nb::list describeArguments() const { return describeAll(arguments); }
  nb::list describeResults() const { return describeAll(results); }

  nb::list getArgumentNames() const { return getNames(arguments); }
  nb::list getResultNames() const { return getNames(results); }

  nb::object call(nb::args values, nb::kwargs named) const {
    std::vector<nb::handle> all = getHandles(values);
    nb::object out = nb::none();
    if (named.contains("out"))
      out = named["out"];
    addNamed(named, all);
    return run(all, out, /*anyShape=*/false);
  }
  /// Only the number of elements must be right.
  nb::object callFlat(nb::args values) const {
    return run(getHandles(values), nb::none(), /*anyShape=*/true);
  }

  /// "main(image: float32[1, 3, 8, 8]) -> (scores: float32[10])".
  std::string getSignature() const {
    return getName() + "(" + list(arguments) + ") -> (" + list(results) + ")";
  }

  /// What the function `name` of the package says of `self`.
  static nb::object describeIn(const char *name, nb::handle self) {
    return nb::module_::import_("convopt._describe").attr(name)(self);
  }

private:
  static std::vector<nb::handle> getHandles(const nb::args &values) {
    std::vector<nb::handle> handles;
    for (nb::handle value : values)
      handles.push_back(value);
    return handles;
  }

  static std::string list(const std::vector<ConvOptValueType> &types) {
    std::string text;
    for (const ConvOptValueType &type : types) {
      text += text.empty() ? "" : ", ";
      if (*type.name)
        text += type.name + std::string(": ");
      text += type.scalar
                  ? getElementName(type)
                  : describe(getElementName(type), type.rank, type.shape);
    }
    return text;
  }

  static nb::list getNames(const std::vector<ConvOptValueType> &types) {
    nb::list names;
    for (const ConvOptValueType &type : types)
      names.append(*type.name ? nb::object(nb::str(type.name)) : nb::none());
    return names;
  }

  /// Puts the arguments that `named` has behind `values`, in their order.
  void addNamed(const nb::kwargs &named,
                std::vector<nb::handle> &values) const {
    size_t count = named.size() - named.contains("out");
    for (size_t i = values.size(); i < arguments.size() && count > 0;
         ++i, --count) {
      if (!named.contains(arguments[i].name))
        break;
      values.push_back(named[arguments[i].name]);
    }
    if (count == 0)
      return;
    std::string text = getName() +
                       "() was called with names that are not its "
                       "next arguments': it is " +
                       getSignature();
    throw nb::type_error(text.c_str());
  }

  /// A number passed by value.
  union Scalar {
    int64_t i;
    double d;
    float f;
    bool b;
  };

  nb::list describeAll(const std::vector<ConvOptValueType> &types) const {
    nb::list list;
    for (const ConvOptValueType &type : types) {
      nb::list shape;
      for (unsigned i = 0; i < type.rank; ++i)
        shape.append(type.shape[i] < 0 ? nb::object(nb::none())
                                       : nb::object(nb::int_(type.shape[i])));
      const char *role = type.role == ConvOptRoleInput   ? "input"
                         : type.role == ConvOptRoleInOut ? "inout"
                                                         : "output";
      list.append(nb::make_tuple(getElementName(type),
                                 type.scalar ? nb::object(nb::none())
                                             : nb::object(nb::tuple(shape)),
                                 role));
    }
    return list;
  }

  [[noreturn]] void fail(PyObject *kind, const std::string &what,
                         const std::string &message) const {
    std::string text = getName() + "(): " + what + " " + message;
    PyErr_SetString(kind, text.c_str());
    throw nb::python_error();
  }

  /// What a call has to know of an array.
  struct View {
    void *data;
    unsigned code, bits;
    size_t rank;
    const int64_t *shape;
    bool dense;
  };

  /// Reads what NumPy knows, which takes a tenth of DLPack's time; nothing for
  /// arrays of types or byte orders that only others know.
  static std::optional<View> viewNumPy(nb::handle value, bool writes) {
    if (!PyArray_Check(value.ptr()))
      return std::nullopt;
    auto *array = reinterpret_cast<PyArrayObject *>(value.ptr());
    std::optional<unsigned> code = getCode(PyArray_DESCR(array));
    if (!code || !PyArray_ISBEHAVED_RO(array) ||
        (writes && !PyArray_ISWRITEABLE(array)))
      return std::nullopt;
    static_assert(sizeof(npy_intp) == sizeof(int64_t));
    return View{PyArray_DATA(array),
                *code,
                static_cast<unsigned>(8 * PyArray_ITEMSIZE(array)),
                static_cast<size_t>(PyArray_NDIM(array)),
                reinterpret_cast<const int64_t *>(PyArray_DIMS(array)),
                PyArray_IS_C_CONTIGUOUS(array) != 0};
  }

  static std::optional<unsigned> getCode(const PyArray_Descr *type) {
    switch (type->kind) {
    case 'f':
      return ConvOptFloat;
    case 'i':
      return ConvOptInt;
    case 'u':
      return ConvOptUInt;
    case 'b':
      return ConvOptBool;
    default:
      // A type of the package ml_dtypes, which DLPack does not know.
      return isBFloat(type) ? std::optional<unsigned>(ConvOptBFloat)
                            : std::nullopt;
    }
  }

  /// Whether elements of `type` are those of ml_dtypes.bfloat16.
  static bool isBFloat(const PyArray_Descr *type) {
    return nb::cast<std::string>(
               nb::handle(reinterpret_cast<PyObject *>(type->typeobj))
                   .attr("__name__")) == "bfloat16";
  }

  /// Reads what DLPack says of anything else; `keep` holds what was borrowed.
  View viewTensor(nb::handle value, bool writes, const std::string &what,
                  std::vector<nb::ndarray<nb::ro>> &keep) const {
    nb::ndarray<nb::ro> array;
    if (writes) {
      nb::ndarray<> writable;
      if (!nb::try_cast(value, writable))
        fail(PyExc_TypeError, what,
             "must be a writable array, got " + getTypeName(value));
      array = nb::ndarray<nb::ro>(writable);
    } else if (!nb::try_cast(value, array)) {
      fail(PyExc_TypeError, what,
           "must be an array or DLPack tensor, got " + getTypeName(value));
    }
    if (array.device_type() != nb::device::cpu::value)
      fail(PyExc_TypeError, what, "is not in the memory of the CPU");
    nb::dlpack::dtype dtype = array.dtype();
    bool dense = true;
    int64_t stride = 1;
    for (size_t i = array.ndim(); i-- > 0 && array.size() > 0;) {
      dense &= array.shape(i) == 1 || array.stride(i) == stride;
      stride *= array.shape(i);
    }
    View view{const_cast<void *>(array.data()),
              dtype.code,
              dtype.lanes == 1 ? dtype.bits : 0u,
              array.ndim(),
              array.shape_ptr(),
              dense};
    keep.push_back(std::move(array));
    return view;
  }

  /// The memory of `value`, which must be what `type` says. `keep` holds what
  /// was borrowed until the call is over. Extents that `type` does not say are
  /// put to `sizes`.
  void *getData(nb::handle value, const ConvOptValueType &type,
                const char *kind, size_t index, bool anyShape,
                std::vector<nb::ndarray<nb::ro>> &keep,
                std::vector<int64_t> *sizes = nullptr) const {
    bool writes = type.role != ConvOptRoleInput;
    std::optional<View> view = viewNumPy(value, writes);
    if (!view)
      view = viewTensor(value, writes, name(kind, index, type), keep);
    bool sameType = view->code == type.code && view->bits == type.bits;
    bool sameShape = anyShape || view->rank == type.rank;
    int64_t count = 1, wanted = 1;
    for (size_t i = 0; i < view->rank; ++i)
      count *= view->shape[i];
    for (size_t i = 0; i < type.rank; ++i) {
      bool isKnown = type.shape[i] >= 0;
      wanted *= isKnown || !sameShape ? type.shape[i] : view->shape[i];
      if (sameShape && !anyShape && isKnown)
        sameShape = view->shape[i] == type.shape[i];
      if (sameShape && sizes && !isKnown)
        sizes->push_back(view->shape[i]);
    }
    if (!sameType || !sameShape || count != wanted) {
      ConvOptValueType got = type;
      got.code = static_cast<ConvOptTypeCode>(view->code);
      got.bits = view->bits;
      fail(sameType ? PyExc_ValueError : PyExc_TypeError,
           name(kind, index, type),
           "must be " + describe(getElementName(type), type.rank, type.shape) +
               ", got " +
               describe(getElementName(got), view->rank, view->shape));
    }
    if (!view->dense)
      fail(PyExc_ValueError, name(kind, index, type),
           "is strided; pass numpy.ascontiguousarray() of it");
    return view->data;
  }

  /// `value` as NumPy sees it where it is a tensor of torch, which is noted,
  /// and as it is otherwise. One that requires a gradient is an error there.
  nb::object open(nb::handle value, const char *kind, size_t index,
                  const ConvOptValueType &type, bool &isTorch) const {
    if (PyArray_Check(value.ptr()))
      return nb::borrow(value);
    nb::object opened = helpers().attr("open_tensor")(
        value, getName() + "(): " + name(kind, index, type));
    isTorch |= !opened.is(value);
    return opened;
  }

  static nb::module_ helpers() {
    return nb::module_::import_("convopt._tensors");
  }

  static std::string getTypeName(nb::handle value) {
    return nb::cast<std::string>(nb::str(value.type().attr("__name__")));
  }

  Scalar getScalar(nb::handle value, const ConvOptValueType &type,
                   size_t index) const {
    Scalar scalar{};
    bool ok = true;
    if (type.code == ConvOptFloat && type.bits == 64)
      ok = nb::try_cast(value, scalar.d);
    else if (type.code == ConvOptFloat && type.bits == 32)
      ok = nb::try_cast(value, scalar.f);
    else if (type.code == ConvOptInt || type.code == ConvOptUInt ||
             type.code == ConvOptBool)
      ok = nb::try_cast(value, scalar.i);
    else
      fail(PyExc_TypeError, name("argument", index, type),
           "of type " + getElementName(type) + " cannot be passed from Python");
    if (!ok)
      fail(PyExc_TypeError, name("argument", index, type),
           "must be a number (" + getElementName(type) + "), got " +
               getTypeName(value));
    return scalar;
  }

  nb::object makeScalar(const Scalar &scalar,
                        const ConvOptValueType &type) const {
    if (type.code == ConvOptFloat)
      return nb::float_(type.bits == 64 ? scalar.d : scalar.f);
    if (type.code == ConvOptBool)
      return nb::bool_(scalar.b);
    switch (type.bits) {
    case 8:
      return nb::int_(static_cast<int8_t>(scalar.i));
    case 16:
      return nb::int_(static_cast<int16_t>(scalar.i));
    case 32:
      return nb::int_(static_cast<int32_t>(scalar.i));
    default:
      return nb::int_(scalar.i);
    }
  }

  /// A new NumPy array of `type`, and where its elements are.
  static nb::object makeArray(const ConvOptValueType &type, void *&data) {
    if (posix_memalign(&data, kAlignment, type.bytes ? type.bytes : 1))
      throw std::bad_alloc();
    nb::capsule owner(data, [](void *memory) noexcept { std::free(memory); });
    int number = getTypeNumber(type);
    if (number < 0) {
      nb::dlpack::dtype dtype{static_cast<uint8_t>(type.code),
                              static_cast<uint8_t>(type.bits), 1};
      std::vector<size_t> shape(type.shape, type.shape + type.rank);
      return nb::cast(nb::ndarray<nb::numpy>(data, type.rank, shape.data(),
                                             owner, nullptr, dtype));
    }
    auto *shape =
        const_cast<npy_intp *>(reinterpret_cast<const npy_intp *>(type.shape));
    nb::object array = nb::steal(
        PyArray_New(&PyArray_Type, static_cast<int>(type.rank), shape, number,
                    nullptr, data, 0, NPY_ARRAY_CARRAY, nullptr));
    if (!array.is_valid() ||
        PyArray_SetBaseObject(reinterpret_cast<PyArrayObject *>(array.ptr()),
                              owner.release().ptr()))
      throw nb::python_error();
    return array;
  }

  /// NumPy's number of an element type; negative when it has none.
  static int getTypeNumber(const ConvOptValueType &type) {
    switch (type.code) {
    case ConvOptFloat:
      return type.bits == 16   ? NPY_FLOAT16
             : type.bits == 32 ? NPY_FLOAT32
             : type.bits == 64 ? NPY_FLOAT64
                               : -1;
    case ConvOptInt:
      return type.bits == 8    ? NPY_INT8
             : type.bits == 16 ? NPY_INT16
             : type.bits == 32 ? NPY_INT32
             : type.bits == 64 ? NPY_INT64
                               : -1;
    case ConvOptUInt:
      return type.bits == 8    ? NPY_UINT8
             : type.bits == 16 ? NPY_UINT16
             : type.bits == 32 ? NPY_UINT32
             : type.bits == 64 ? NPY_UINT64
                               : -1;
    case ConvOptBool:
      return NPY_BOOL;
    // Its bits, until results are given back.
    case ConvOptBFloat:
      return type.bits == 16 ? NPY_UINT16 : -1;
    }
    return -1;
  }

  nb::object run(const std::vector<nb::handle> &values, const nb::object &out,
                 bool anyShape) const {
    if (values.size() != arguments.size()) {
      std::string text = getName() + "() takes " +
                         std::to_string(arguments.size()) + " arguments, got " +
                         std::to_string(values.size());
      throw nb::type_error(text.c_str());
    }
    std::vector<nb::ndarray<nb::ro>> keep;
    keep.reserve(arguments.size() + results.size());
    std::vector<void *> argumentData(arguments.size()),
        resultData(results.size());
    std::vector<Scalar> scalars(arguments.size());
    // Holds what stands for tensors of torch.
    std::vector<nb::object> opened(arguments.size() + results.size());
    if (anyShape && numSizes > 0)
      fail(PyExc_ValueError, "", "has no shapes that arrays could be seen in");
    bool isTorch = false;
    std::vector<int64_t> sizes;
    sizes.reserve(numSizes);
    for (size_t i = 0; i < arguments.size(); ++i) {
      const ConvOptValueType &type = arguments[i];
      if (type.scalar) {
        scalars[i] = getScalar(values[i], type, i);
        argumentData[i] = &scalars[i];
        continue;
      }
      opened[i] = open(values[i], "argument", i, type, isTorch);
      argumentData[i] =
          getData(opened[i], type, "argument", i, anyShape, keep, &sizes);
    }
    std::vector<int64_t> extents;
    std::vector<ConvOptValueType> made = getResults(sizes, extents);
    std::vector<nb::object> objects(results.size());
    bool given = !out.is_none();
    nb::object outs = out;
    if (given && !nb::isinstance<nb::tuple>(out) &&
        !nb::isinstance<nb::list>(out))
      outs = nb::make_tuple(out);
    Scalar scalarResult{};
    size_t numBuffers = 0;
    for (const ConvOptValueType &type : results)
      numBuffers += !type.scalar;
    if (given && nb::len(outs) != numBuffers)
      fail(PyExc_ValueError, "out",
           "must hold " + std::to_string(numBuffers) + " arrays");
    for (size_t i = 0; i < results.size(); ++i) {
      if (made[i].scalar) {
        resultData[i] = &scalarResult;
      } else if (given) {
        objects[i] = outs[i];
        bool ignored = false;
        nb::object &memory = opened[arguments.size() + i];
        memory = open(objects[i], "out", i, made[i], ignored);
        resultData[i] = getData(memory, made[i], "out", i, anyShape, keep);
      } else {
        objects[i] = makeArray(made[i], resultData[i]);
      }
    }
    int status;
    {
      nb::gil_scoped_release release;
      status =
          convOptFunctionInvokeSized(function, argumentData.data(),
                                     resultData.data(), sizes.data(), nullptr);
    }
    if (status)
      throw std::bad_alloc();
    for (size_t i = 0; i < results.size(); ++i) {
      if (results[i].scalar)
        objects[i] = makeScalar(scalarResult, results[i]);
      else if (results[i].code == ConvOptBFloat && !given)
        objects[i] = helpers().attr("make_bfloat16")(objects[i], isTorch);
      else if (isTorch && !given)
        objects[i] = helpers().attr("make_tensor")(objects[i]);
    }
    if (objects.empty())
      return nb::none();
    if (objects.size() == 1)
      return objects[0];
    nb::list list;
    for (nb::object &object : objects)
      list.append(object);
    return nb::tuple(list);
  }

  /// The types of the results of a call with `sizes`; `extents` holds what was
  /// not known of their shapes.
  std::vector<ConvOptValueType>
  getResults(const std::vector<int64_t> &sizes,
             std::vector<int64_t> &extents) const {
    if (numSizes == 0)
      return results;
    std::vector<int64_t> computed(numResultSizes);
    if (convOptFunctionGetResultSizes(function, sizes.data(), computed.data()))
      fail(PyExc_ValueError, "arguments of these shapes",
           describeMisfit(sizes));
    size_t rank = 0;
    for (const ConvOptValueType &type : results)
      rank += type.rank;
    extents.reserve(rank);
    auto next = computed.begin();
    std::vector<ConvOptValueType> made = results;
    for (ConvOptValueType &type : made) {
      if (type.scalar)
        continue;
      const int64_t *shape = extents.data() + extents.size();
      type.bytes = (type.bits + 7) / 8;
      for (unsigned i = 0; i < type.rank; ++i) {
        extents.push_back(type.shape[i] < 0 ? *next++ : type.shape[i]);
        type.bytes *= extents.back();
      }
      type.shape = shape;
    }
    return made;
  }

  /// Which arguments a call with `sizes` had.
  std::string describeMisfit(const std::vector<int64_t> &sizes) const {
    std::string text;
    auto next = sizes.begin();
    for (const ConvOptValueType &type : arguments) {
      std::vector<int64_t> shape(type.shape, type.shape + type.rank);
      for (int64_t &extent : shape)
        if (extent < 0)
          extent = *next++;
      text += text.empty() ? "" : ", ";
      if (*type.name)
        text += type.name + std::string(": ");
      text += type.scalar
                  ? getElementName(type)
                  : describe(getElementName(type), type.rank, shape.data());
    }
    return "do not fit together, or are too small: " + text;
  }

  static std::string name(const char *what, size_t index,
                          const ConvOptValueType &type) {
    std::string text = what + (" " + std::to_string(index));
    return *type.name ? text + " ('" + type.name + "')" : text;
  }

  ModulePtr module;
  const ConvOptFunction *function;
  std::vector<ConvOptValueType> arguments, results;
  /// Extents of both that each call has anew.
  size_t numSizes, numResultSizes;
};

/// Named bytes.
using WeightList = std::vector<std::tuple<
    std::string, nb::ndarray<const uint8_t, nb::c_contig, nb::device::cpu>>>;

std::vector<ConvOptWeight> getWeights(const WeightList &list) {
  std::vector<ConvOptWeight> weights;
  for (const auto &[name, bytes] : list)
    weights.push_back({name.c_str(), bytes.data(), bytes.nbytes()});
  return weights;
}

/// What the compiler said last; its lock is held.
std::vector<DiagnosticTuple> getDiagnostics(ConvOptContext *context) {
  std::vector<DiagnosticTuple> diagnostics;
  ConvOptDiagnostic diagnostic;
  for (size_t i = 0; convOptContextGetDiagnostic(context, i, &diagnostic); ++i)
    diagnostics.emplace_back(getName(diagnostic.severity), diagnostic.file,
                             diagnostic.line, diagnostic.column,
                             diagnostic.message);
  return diagnostics;
}

/// Gives back to the system what compiling took: the C library would keep
/// several times the weights, in pieces too small for it to give back by
/// itself.
void releaseMemory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

/// Calls `make` for a module; returns its functions, or None, and what the
/// compiler said.
template <typename Make> nb::tuple makeModule(Make make) {
  std::vector<DiagnosticTuple> diagnostics;
  ModulePtr module;
  {
    nb::gil_scoped_release release;
    Compiler &compiler = Compiler::get();
    std::lock_guard<std::mutex> lock(compiler.mutex);
    module.reset(make(compiler.context), [](ConvOptModule *module) {
      if (module)
        convOptModuleDestroy(module);
    });
    diagnostics = getDiagnostics(compiler.context);
  }
  releaseMemory();
  if (!module)
    return nb::make_tuple(nb::none(), diagnostics);
  nb::list functions;
  for (size_t i = 0, e = convOptModuleGetNumFunctions(module.get()); i < e; ++i)
    functions.append(
        Function(module, convOptModuleGetFunction(module.get(), i)));
  return nb::make_tuple(functions, diagnostics);
}

nb::tuple compileSource(nb::bytes source, const std::string &name,
                        const std::string &options, const WeightList &list) {
  std::vector<ConvOptWeight> weights = getWeights(list);
  return makeModule([&](ConvOptContext *context) {
    return convOptCompileWithWeights(context, source.c_str(), source.size(),
                                     name.c_str(), options.c_str(),
                                     weights.data(), weights.size());
  });
}

nb::tuple loadModule(const std::string &path) {
  return makeModule([&](ConvOptContext *context) {
    return convOptLoad(context, path.c_str());
  });
}

/// Compiles into a file; returns whether it did, and what the compiler said.
nb::tuple compileToFile(nb::bytes source, const std::string &name,
                        const std::string &options, const WeightList &list,
                        const std::string &path) {
  std::vector<ConvOptWeight> weights = getWeights(list);
  std::vector<DiagnosticTuple> diagnostics;
  bool done;
  {
    nb::gil_scoped_release release;
    Compiler &compiler = Compiler::get();
    std::lock_guard<std::mutex> lock(compiler.mutex);
    done = convOptCompileToFile(compiler.context, source.c_str(), source.size(),
                                name.c_str(), options.c_str(), weights.data(),
                                weights.size(), path.c_str()) == 0;
    diagnostics = getDiagnostics(compiler.context);
  }
  return nb::make_tuple(done, diagnostics);
}
} // namespace

NB_MODULE(_convopt, m) {
  m.doc() = "Compilation and calls; see the package convopt.";
  if (PyArray_ImportNumPyAPI() < 0)
    throw nb::python_error();
  m.def("version", &convOptGetVersion, "Version of the compiler.");
  m.def("revision", &convOptGetRevision, "Revision of its sources, by git.");
  m.def("llvm_version", &convOptGetLLVMVersion, "Version of LLVM.");
  m.def("full_version", &convOptGetFullVersion, "All of them in a line.");
  m.def("load_module", &loadModule, "path"_a,
        nb::sig("def load_module(path: str) -> tuple[list[Function] | None, "
                "list[tuple[str, str, int, int, str]]]"),
        "As compile_source, of what compile_to_file wrote.");
  m.def("compile_to_file", &compileToFile, "source"_a, "name"_a, "options"_a,
        "weights"_a, "path"_a,
        nb::sig("def compile_to_file(source: bytes, name: str, options: str, "
                "weights: list[tuple[str, typing.Any]], path: str) -> "
                "tuple[bool, list[tuple[str, str, int, int, str]]]"),
        "As compile_source, into a file.");
  m.def("compile_source", &compileSource, "source"_a, "name"_a, "options"_a,
        "weights"_a = nb::list(),
        nb::sig("def compile_source(source: bytes, name: str, options: str, "
                "weights: list[tuple[str, typing.Any]] = []) -> "
                "tuple[list[Function] | None, list[tuple[str, str, int, int, "
                "str]]]"),
        "Compile MLIR text or bytecode, whose `weights` are named arrays of "
        "bytes. Returns the functions, or None, and a "
        "list of (severity, file, line, column, message).");
  nb::class_<Function>(m, "Function",
                       "A compiled function. Call it with NumPy arrays or CPU "
                       "DLPack tensors; they are not copied.")
      .def("__call__", &Function::call, "args"_a, "named"_a,
           nb::sig("def __call__(self, *args: typing.Any, out: typing.Any = "
                   "None, **named: typing.Any) -> typing.Any"),
           "Call the function, by the order of its arguments or by their "
           "names. Arrays must be dense and row-major, of the types in "
           "`arguments`; `out` may name arrays for the results. The "
           "interpreter lock is released meanwhile. Raises TypeError for a "
           "wrong element type or number of arguments, ValueError for a wrong "
           "shape or a strided array.")
      .def("call_flat", &Function::callFlat, "args"_a,
           nb::sig("def call_flat(self, *args: typing.Any) -> typing.Any"),
           "As a call, but arrays need only have the right number of elements.")
      .def_prop_ro("name", &Function::getName)
      .def_prop_ro("arguments", &Function::describeArguments,
                   nb::sig("def arguments(self) -> list[tuple[str, tuple[int | "
                           "None, ...] | None, str]]"),
                   "(element type, shape or None for a scalar, role) each; an "
                   "extent that each call has anew is None.")
      .def_prop_ro("results", &Function::describeResults,
                   nb::sig("def results(self) -> list[tuple[str, tuple[int | "
                           "None, ...] | None, str]]"))
      .def_prop_ro("argument_names", &Function::getArgumentNames,
                   nb::sig("def argument_names(self) -> list[str | None]"),
                   "What the model calls the arguments.")
      .def_prop_ro("result_names", &Function::getResultNames,
                   nb::sig("def result_names(self) -> list[str | None]"))
      .def("__repr__", &Function::getSignature)
      .def("_repr_html_",
           [](nb::handle self) {
             return Function::describeIn("describe_html", self);
           })
      .def_prop_ro(
          "__signature__",
          [](nb::handle self) {
            return Function::describeIn("make_signature", self);
          },
          nb::sig("def __signature__(self) -> inspect.Signature"))
      .def_prop_ro("workspace_bytes", &Function::getWorkspaceBytes,
                   nb::sig("def workspace_bytes(self) -> int | None"),
                   "Bytes of temporary memory of one call; None where that "
                   "follows from the shapes it is called with.");
}
