//===- ConvAttrs.td - Attributes of the conv dialect -------*- tablegen -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_IR_CONVATTRS_TD
#define CONV_IR_CONVATTRS_TD

include "conv/IR/ConvDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

//===----------------------------------------------------------------------===//
// Enumerations
//===----------------------------------------------------------------------===//

class Conv_I32Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::mlir::conv";
  let genSpecializedAttr = 0;
}

def Conv_Algorithm : Conv_I32Enum<"Algorithm", "convolution algorithm", [
  I32EnumAttrCase<"Naive", 0, "naive">,
  I32EnumAttrCase<"Direct", 1, "direct">,
  I32EnumAttrCase<"Im2col", 2, "im2col">,
  I32EnumAttrCase<"Im2row", 3, "im2row">,
  I32EnumAttrCase<"Kn2row", 4, "kn2row">,
  I32EnumAttrCase<"Kn2col", 5, "kn2col">,
  I32EnumAttrCase<"Kn2rowAs", 6, "kn2row_as">,
  I32EnumAttrCase<"Kn2colAs", 7, "kn2col_as">,
  I32EnumAttrCase<"Kn2rowAa", 8, "kn2row_aa">,
  I32EnumAttrCase<"MecA", 9, "mec_a">,
  I32EnumAttrCase<"MecB", 10, "mec_b">,
  I32EnumAttrCase<"Im2win", 11, "im2win">,
  I32EnumAttrCase<"Winograd", 12, "winograd">]>;

/// Whether a data transformation covers the whole tensor (the papers' buffers)
/// or one band of output rows at a time. `direct` has no transformation.
def Conv_Form : Conv_I32Enum<"Form", "extent of the data transformation", [
  I32EnumAttrCase<"Whole", 0, "whole">,
  I32EnumAttrCase<"Banded", 1, "banded">]>;

/// Order of the loops around the register tile, outermost first.
def Conv_LoopOrder : Conv_I32Enum<"LoopOrder", "outer loop order", [
  I32EnumAttrCase<"KHW", 0, "khw">,
  I32EnumAttrCase<"HKW", 1, "hkw">,
  I32EnumAttrCase<"HWK", 2, "hwk">]>;

/// Which iterator the lanes of a vector run along.
def Conv_VectorIterator : Conv_I32Enum<"VectorIterator", "vector iterator", [
  I32EnumAttrCase<"K", 0, "k">,
  I32EnumAttrCase<"W", 1, "w">,
  I32EnumAttrCase<"C", 2, "c">,
  I32EnumAttrCase<"G", 3, "g">,
  I32EnumAttrCase<"KW", 4, "kw">]>;

def Conv_FilterForm : Conv_I32Enum<"FilterForm", "layout of the filter operand", [
  I32EnumAttrCase<"Packed", 0, "packed">,
  I32EnumAttrCase<"Plain", 1, "plain">]>;

/// Where the body of an epilogue runs.
def Conv_EpilogueForm : Conv_I32Enum<"EpilogueForm", "place of the epilogue", [
  I32EnumAttrCase<"Registers", 0, "registers">,
  I32EnumAttrCase<"Output", 1, "output">]>;

/// How an input scalar reaches all lanes of an FMA.
def Conv_Broadcast : Conv_I32Enum<"Broadcast", "broadcast form", [
  I32EnumAttrCase<"Memory", 0, "memory">,
  I32EnumAttrCase<"Lane", 1, "lane">,
  I32EnumAttrCase<"Splat", 2, "splat">]>;

/// How finished accumulators reach the output.
def Conv_StoreMode : Conv_I32Enum<"StoreMode", "store mode", [
  I32EnumAttrCase<"KContiguous", 0, "k_contiguous">,
  I32EnumAttrCase<"WContiguous", 1, "w_contiguous">,
  I32EnumAttrCase<"Element", 2, "element">]>;

/// What a clamp does with NaN.
def Conv_NaNMode : Conv_I32Enum<"NaNMode", "NaN behaviour of a clamp", [
  I32EnumAttrCase<"Propagate", 0, "propagate">,
  I32EnumAttrCase<"Bound", 1, "bound">]>;

/// How a number becomes an integer of fewer bits.
def Conv_RequantizeKind : Conv_I32Enum<"RequantizeKind", "rounding of a requantisation", [
  I32EnumAttrCase<"F32Even", 0, "f32_even">,
  I32EnumAttrCase<"TosaSingle", 1, "tosa_single">,
  I32EnumAttrCase<"TosaDouble", 2, "tosa_double">]>;

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

class Conv_Attr<string name, string attrMnemonic>
    : AttrDef<Conv_Dialect, name> {
  let mnemonic = attrMnemonic;
}

def Conv_DimsAttr : Conv_Attr<"Dims", "dims"> {
  let summary = "Which tensor dimension is which, and the window's geometry";
  let description = [{
    Names every dimension of input, filter and output by one letter, slowest
    first, and gives strides, dilations and padding as `[rows, columns]`.

    - input: letters of `n g c h w`; output: letters of `n g k h w`;
      filter: letters of `g k c r s`;
    - blocked layouts (Zhang et al., section 4) name the blocks of channels by a
      capital letter: in `nChwc x rsck -> nKhwk` channel c of the image is
      element `c mod block` of block `c floordiv block`; the filter keeps whole
      channels. Not together with `g`;
    - a letter that is absent stands for extent 1: `hw x rs -> hw` has neither
      batch nor channels, `nhwg x rsg -> nhwg` is a depthwise convolution;
    - `low` and `high` count the zero rows and columns before and after the
      image; a tap in the padding contributes nothing and is never read;
    - strides and dilations are at least 1 and default to 1, pads default to 0.

    Example:

    ```mlir
    #conv.dims<nhwc x rsck -> nhwk, strides = [2, 2], low = [0, 0], high = [1, 1]>
    ```

    It is invalid when a letter is unknown or repeated, when `h` is in only one
    of input and output (likewise `w`, `n`), when `g` is in some of the tensors
    but not in all, when `c` is in only one of input and filter, when `k` is in
    only one of filter and output, or when a value is below its minimum or
    beyond 2^31.
  }];
  let parameters = (ins
    StringRefParameter<"letters of the input, slowest first">:$input,
    StringRefParameter<"letters of the filter, slowest first">:$filter,
    StringRefParameter<"letters of the output, slowest first">:$output,
    ArrayRefParameter<"int64_t", "rows, columns">:$strides,
    ArrayRefParameter<"int64_t", "rows, columns">:$dilations,
    ArrayRefParameter<"int64_t", "zero rows, columns before the image">:$low,
    ArrayRefParameter<"int64_t", "zero rows, columns after the image">:$high);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Position of `letter` in the named tensor, or -1 when absent.
    int inputPos(char letter) const;
    int filterPos(char letter) const;
    int outputPos(char letter) const;
    /// True when any side is padded.
    bool isPadded() const;
  }];
}

def Conv_ClampAttr : Conv_Attr<"Clamp", "clamp"> {
  let summary = "Lower and upper bound applied to a result";
  let description = [{
    The result x becomes `x > lower ? x : lower`, then `x < upper ? x : upper`.
    Either bound may be absent. `nan` says what becomes of NaN: `propagate`
    keeps it (as `arith.maximumf` and `cmpf ugt` + `select` do), `bound`
    replaces it by the bound (as `arith.maxnumf` and `cmpf ogt` + `select` do).

    ```mlir
    #conv.clamp<lower = 0.0 : f32, upper = 6.0 : f32>
    ```

    Invalid without any bound, with a bound that is NaN, with bounds of two
    types, and when `upper` is below `lower`.
  }];
  let parameters = (ins
    OptionalParameter<"::mlir::FloatAttr">:$lower,
    OptionalParameter<"::mlir::FloatAttr">:$upper,
    DefaultValuedParameter<"::mlir::conv::NaNMode",
                           "::mlir::conv::NaNMode::Propagate">:$nan);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Conv_MachineRatesAttr : Conv_Attr<"MachineRates", "machine_rates"> {
  let summary = "What loads, stores, lines and threads cost on a machine";
  let description = [{
    The rates the analytical model works with, at most 20: cycles the FMAs wait
    for a line from each cache or from memory, bytes per cycle of long runs,
    what a tile, a copy and a team of threads cost to start.
    `conv/IR/MachineRates.def` lists them with their units, their defaults (the
    family default, for CPUs nobody measured) and the values that make sense;
    `--conv-print-machine` prints those of a CPU with their sources. Those that
    are not the default's are written. `source` says where they come from, for
    reports; absent, it is "family default".

    Invalid when a rate is unknown, or outside of the values that make sense.

    ```mlir
    #conv.machine_rates<l3_stall = 2.5, fork = 20000, source = "zen4.json">
    ```
  }];
  let parameters = (ins
    AttrParameter<"::mlir::DenseF64ArrayAttr", "all rates, in order">:$values,
    StringRefParameter<"where they come from">:$source);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    static MachineRatesAttr get(::mlir::MLIRContext *context,
                                const ::mlir::conv::RateValues &values,
                                ::llvm::StringRef source = kFamilyDefault);
    static MachineRatesAttr getDefault(::mlir::MLIRContext *context);

    double getRate(::mlir::conv::Rate rate) const;

    #define CONV_MACHINE_RATE(name, accessor, ...)                             \
      double get##accessor() const {                                           \
        return getRate(::mlir::conv::Rate::accessor);                          \
      }
    #include "conv/IR/MachineRates.def"
  }];
}

/// A string written as a keyword.
class Conv_Keyword<string desc, string defaultValue = "">
    : StringRefParameter<desc, defaultValue> {
  let printer = [{$_printer << $_self;}];
  let parser = [{[&]() -> ::mlir::FailureOr<::std::string> {
    ::llvm::StringRef keyword;
    if ($_parser.parseKeyword(&keyword))
      return ::mlir::failure();
    return keyword.str();
  }()}];
}

def Conv_FmaRateAttr : Conv_Attr<"FmaRate", "fma_rate"> {
  let summary = "How fast a machine executes an instruction";
  let description = [{
    `per_cycle` of the instruction `fma`, a row of the project's table, can start
    per cycle; each waits `latency` cycles for the one before it that has the
    same accumulator.

    ```mlir
    #conv.fma_rate<fma = avx512_bf16, per_cycle = 2, latency = 6>
    ```

    Invalid when a number is below 1.
  }];
  let parameters = (ins Conv_Keyword<"FMA instruction">:$fma,
                        "int64_t":$per_cycle, "int64_t":$latency);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Conv_FmaRatesParameter
    : OptionalArrayRefParameter<"::mlir::conv::FmaRateAttr",
                                "rates of instructions"> {
  let printer = [{
    $_printer << '[';
    $_printer.printStrippedAttrOrType($_self);
    $_printer << ']';
  }];
  let parser = [{[&]() -> ::mlir::FailureOr<
      ::llvm::SmallVector<::mlir::conv::FmaRateAttr>> {
    ::llvm::SmallVector<::mlir::conv::FmaRateAttr> rates;
    if ($_parser.parseCommaSeparatedList(
            ::mlir::AsmParser::Delimiter::Square, [&] {
              return $_parser.parseCustomAttributeWithFallback(
                  rates.emplace_back());
            }))
      return ::mlir::failure();
    return rates;
  }()}];
}

def Conv_MachineAttr : Conv_Attr<"Machine", "machine"> {
  let summary = "The machine parameters the analytical model works with";
  let description = [{
    `n_fma` FMA instructions can start per cycle, each takes `l_fma` cycles on
    `n_vec` f32 lanes, from `n_reg` vector registers fed by `loads` vector loads
    per cycle (Zhang, Franchetti, Low 2018, section 2.4). `broadcast` says how
    an FMA takes one input scalar for all lanes: from `memory`, from a `lane` of
    a register, or from a register a `splat` filled. Cache sizes are bytes;
    `l1_ways` is the associativity that decides which strides conflict. `l3` is
    0 when there is none. A convolution may use `threads` threads. `rates` says
    what lines, stores and threads cost; absent, the family default. `fmas` are
    the machine's other instructions that multiply and add: those for other
    element types than f32, and those for f32 of narrower vectors, of which more
    may start per cycle.

    Invalid when a field is below 1 (`l3`: 0, `n_reg`: 4) or `n_vec` is not a
    power of two.

    ```mlir
    #conv.machine<n_fma = 2, l_fma = 4, n_vec = 16, n_reg = 32, loads = 2,
                  broadcast = memory, l1 = 49152, l1_ways = 12, l2 = 1048576,
                  l3 = 33554432, threads = 1>
    ```
  }];
  let parameters = (ins
    "int64_t":$n_fma, "int64_t":$l_fma, "int64_t":$n_vec, "int64_t":$n_reg,
    "int64_t":$loads, "::mlir::conv::Broadcast":$broadcast,
    "int64_t":$l1, "int64_t":$l1_ways, "int64_t":$l2, "int64_t":$l3,
    "int64_t":$threads,
    DefaultValuedParameter<"::mlir::conv::MachineRatesAttr",
      "::mlir::conv::MachineRatesAttr::getDefault($_ctxt)">:$rates,
    Conv_FmaRatesParameter:$fmas);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The same machine with other rates.
    MachineAttr withRates(::mlir::conv::MachineRatesAttr rates) const;
  }];
}

/// What ScheduleFields.def lists.
def Conv_ScheduleFieldsParameter
    : AttrParameter<"::mlir::conv::ScheduleFields", "all fields, in order"> {
  let cppAccessorType = "const ::mlir::conv::ScheduleFields &";
}

def Conv_ScheduleAttr : Conv_Attr<"Schedule", "schedule"> {
  let summary = "Everything a lowering needs to know to compute a convolution";
  let description = [{
    The decision `--conv-autotune` records and lowerings read. A hand-written
    schedule is honoured, or refused with the reason.

    - `algorithm`, `form`: which data transformation, and whether it covers the
      whole tensor or one band of rows;
    - `tile`: rows and columns of the outputs that `algorithm = winograd`
      computes together, `[4, 4]`, `[4, 2]` or `[2, 2]`. `winograd_4`,
      `winograd_4x2` and `winograd_2`, which these are called where an algorithm
      is named, are read as well;
    - `fma`: the instruction that multiplies and adds, by its name in the
      project's table (include/conv/Machine/Instructions.h). It says the element
      types, the reduction steps each lane takes at once (`c_pack`) and, where
      it has a fixed number of lanes, that `n_vec` is this number. `f32` is the
      fused multiply-add of `n_vec` lanes of every target;
    - `n_vec`: lanes of a vector of accumulators; `vector`: the iterator they run along,
      output channels `k`, output columns `w`, input channels `c`, output
      channels of several groups `g` or output channels of two columns `kw`;
      `c_ob`: output channels of the register tile; `w_ob`, `h_ob`: its output columns and rows (Zhang et al., Algorithm 3). At least n_vec * N_fma * L_fma
      outputs are wanted, or with `vector = c` N_fma * L_fma.
      - `vector = k`: `c_ob` is a multiple of `n_vec`; the machine must have
        `h_ob * w_ob * v + v + 1` registers (v = c_ob / n_vec), or
        `h_ob * w_ob * (v + 1) + v` where `broadcast = lane`;
      - `vector = w`: `w_ob` is a multiple of `n_vec`; the machine must have
        `c_ob * u + u + 1` registers (u = h_ob * w_ob / n_vec), or
        `c_ob * u + u + c_ob / n_vec` where `broadcast = lane`; with `share` the
        last term, or 1, R times. Columns must be neighbours in memory in input,
        output and residual, and the stride along them 1 or 2;
      - `vector = c`: each output has a vector of sums, whose lanes are added
        when the tile is complete: for few output channels. The machine must
        have `u + c_ob + 1` registers (u = h_ob * w_ob * c_ob), with `share`
        `u + S * c_ob + 1`. Input channels must be neighbours in memory, the
        filter packed, in steps of `c_pack = n_vec` channels, and the algorithm
        one that reads the image where it is;
      - `vector = g`: groups and their output channels are one dimension, of
        whose neighbours a vector holds `n_vec`: for groups of few channels.
        What its lanes read is loaded as vectors of input channels and brought
        to the lanes by shuffles. The machine must have
        `u + f + 3` registers (u = h_ob * w_ob * v, v = c_ob / n_vec, f = v, or
        with `share` S * v). `c_ob` must be whole groups, or all of them; groups
        have at most 16 input channels, of which `unroll` has all; lanes come
        from at most two vectors; in input and output the channels of groups
        must follow each other in memory, the filter must be packed, `broadcast`
        memory and the algorithm `direct`;
      - `vector = kw`: a vector holds `n_vec / 2` output channels of each of two
        columns, half a tile apart: for channels of which half a vector is left.
        A tile of an odd number of columns computes the one in the middle twice
        and stores it once. `w_ob` is even and `c_ob` a multiple of `n_vec / 2`;
        the machine must have `u + f + 3` registers
        (u = h_ob * w_ob / 2 * v, v = 2 * c_ob / n_vec, f = v, or with `share`
        S * v). The filter must be packed, `broadcast` memory and the algorithm
        one that reads the image where it is; it has no other restrictions on
        layouts;
    - `share`: all taps of a row of the window stand in one step, in which each
      input position is loaded once for all the taps that read it; for
      `vector = c`, `vector = g` and `vector = kw`, and with `vector = w` all
      taps of a column of the window, which the rows of a tile read;
    - `c_ib`: channel block of a blocked input layout, 0 for plain layouts;
    - `order`: loops around the register tile, outermost first: `khw`, `hkw`, or
      `hwk`, where the channels of a tile's pixels follow each other; `flatten`:
      rows and columns of a 1x1 stride 1 convolution are one dimension;
    - `unroll`: reduction steps per loop body; `prefetch`: distance in elements
      of the packed filter, 0 for none; `prefetch_input`: how many register
      tiles ahead the input is prefetched, 0 for none; along the columns, or
      along the rows where columns are neighbours in memory or there is but one;
      `prefetch_output`: how many register tiles ahead along the columns, or the
      rows of a single one, the output is fetched for writing, 0 for none;
    - `broadcast`: how a scalar reaches all lanes, of the input with
      `vector = k` and of the filter with `vector = w`. `memory` and `splat`
      load one scalar at a time; `lane` loads n_vec channels at once and
      multiplies by one lane after the other. Of the input, this needs a
      register per pixel and channels that are contiguous; of the filter, a
      packed one and a `c_ob` that is a multiple of `n_vec`;
    - `band`: output rows per band, 0 for all; `images`: of a batch, those whose
      tiles `algorithm = winograd` transforms and multiplies together, where a
      band has all rows; `parallel`: what threads divide
      and into how many parts, outermost first: `k4` gives each of 4 threads a
      quarter of the output channels, `h2k4` makes 8 parts of rows and channels.
      Letters are `n g h w k`; `w` only with `flatten`;
    - `filter`: packed `[G][K/c_ob][R][S][C][c_ob]`, or read in place;
    - `epilogue`: the body of the epilogue runs on the accumulators, in
      `registers`, or in loops over the tile just stored, in the `output`. The
      first is one copy of the body per accumulator, which is right for bodies
      of a few instructions; functions (exp, erf, tanh) take tens and as many
      registers. The second needs sums of the output's type and no operand of
      the output's shape, which could lie in the output;
    - `parts`: output channels in parts with schedules of their own, for numbers
      of channels that do not fill vectors. Each is a number of channels of every
      group and the schedule that computes them, `[1: <...>, ...]`, in the order
      of the channels; the other fields compute those in front of them. Parts
      read the image one after the other, and so are for `direct` only, and for
      outputs whose channels are not in blocks.

    ```mlir
    #conv.schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14,
                   order = hkw, prefetch = 2048>
    ```

    `conv/IR/ScheduleFields.def` lists the fields in the order of the text, with
    their ranges and defaults; a text that is parsed may have them in any order.

    Invalid when a field is unknown or given twice, when `algorithm`, `n_vec`,
    `c_ob` or `w_ob` is missing, when a size is outside its range, when `c_ob`
    (with `vector = w`: `w_ob`) is not a multiple of `n_vec` (with `vector = kw`:
    of half of it), when `n_vec` is not
    a power of two, when `parallel` is not made of distinct letters with counts
    of at least 2 or divides `w` without `flatten`, when `h_ob` larger than 1
    meets `flatten` or a `band`, when `tile` is missing where it is needed,
    is none of the three or meets another algorithm, when `vector = c` meets a plain filter,
    `broadcast = lane` or `n_vec = 1`, when `vector = g` meets a plain filter,
    another `broadcast` than memory or `n_vec = 1`, when `vector = kw` meets the
    same, `n_vec = 2` or an odd `w_ob`, when `share` meets `vector = k`, and
    when a part has less than one channel,
    parts of its own, or another `algorithm` or `fma` than the schedule.
    Whether it fits the problem and the machine is checked where it is applied.
  }];
  let parameters = (ins Conv_ScheduleFieldsParameter:$fields);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    #define CONV_SCHEDULE_FIELD(type, member, accessor, ...)                   \
      const type &get##accessor() const { return getFields().member; }
    #include "conv/IR/ScheduleFields.def"

    NamedAlgorithm getNamedAlgorithm() const {
      return getFields().getNamedAlgorithm();
    }
    /// "direct", or "winograd_4", which says the tile as well.
    ::llvm::StringRef getAlgorithmName() const {
      return getNamedAlgorithm().getName();
    }
    /// Product of the parts into which threads divide.
    int64_t getThreads() const { return getParallel().getThreads(); }
    /// This schedule with fields changed by `change`:
    /// `s.with([](ScheduleFields &f) { f.band = 4; })`. The result is verified
    /// as any attribute is.
    ScheduleAttr
    with(::llvm::function_ref<void(ScheduleFields &)> change) const;
  }];
}

def Conv_StoreModeAttr
    : EnumAttr<Conv_Dialect, Conv_StoreMode, "store_mode"> {
  let assemblyFormat = "$value";
}

def Conv_RequantizeKindAttr
    : EnumAttr<Conv_Dialect, Conv_RequantizeKind, "requantize_kind"> {
  let assemblyFormat = "$value";
}

#endif // CONV_IR_CONVATTRS_TD
