//===- Passes.td - Passes between linalg and conv.conv -----*- tablegen -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_RECOGNITION_PASSES_TD
#define CONV_RECOGNITION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvFlattenModulesPass : Pass<"conv-flatten-modules", "::mlir::ModuleOp"> {
  let summary = "Move what is in modules inside of the module to the module";
  let description = [{
    Importers that keep the modules of a program apart nest them; the passes of
    this project compile one module. All tools and interfaces do this when they
    have read a file.

    ```mlir
    module {
      func.func private @f()
      module @model attributes {conv.weights = "model.safetensors"} {
        func.func private @f() { ... }
        func.func @main() { func.call @f() : () -> () ... }
    // becomes
    module attributes {conv.weights = "model.safetensors"} {
      func.func private @f()
      func.func private @f_0() { ... }
      func.func @main() { func.call @f_0() : () -> () ... }
    ```

    Declarations of one function become one, a private symbol whose name is taken
    gets another, and attributes of the inner modules are those of the module.
    Fails on two public symbols of one name, and where an attribute `conv.`,
    `dlti.` or `llvm.` has two values.
  }];
}

def ConvLoadWeightsPass : Pass<"conv-load-weights", "::mlir::ModuleOp"> {
  let summary = "Give constants the weights of a file";
  let description = [{
    Gives every constant that names a resource without a value, as an importer
    writes weights, the tensor of that name in a .safetensors file, which is
    mapped into memory. The file is that of the option, or the one the module
    names, beside its own. Names that the file does not have stay as they are; a
    tensor of another type or size is an error.

    ```mlir
    module attributes {conv.weights = "model.safetensors"} {
      func.func @main() -> tensor<64x3x7x7xf32> {
        %w = arith.constant dense_resource<conv1.weight> : tensor<64x3x7x7xf32>
    ```
  }];
  let options = [
    Option<"file", "file", "std::string", /*default=*/"",
           "File of weights (default: the one the module's attribute "
           "conv.weights names, if any)">
  ];
}

def ConvRaisePass : Pass<"conv-raise"> {
  let summary = "Recognise convolutions and turn them into conv.conv";
  let description = [{
    Recognises `linalg` 2-D and 1-D convolutions: the named operations and every
    `linalg.generic` whose maps and body say the same, with the operands in
    either order and in any layout. A 1x1 window may have been folded away: a
    generic of a rank 4 input and a rank 2 filter is a convolution as well. With
    `products` every product of matrices is (`linalg.matmul`, `batch_matmul`,
    `vecmat` and generics that say the same): a 1x1 convolution whose pixels are
    the rows of the input, which is also what is left of a 1x1 convolution once
    its unit dimensions are folded. A matrix that was repeated for each of a
    batch, as fully connected layers on images are written, is read where it is.
    The filter is the matrix that is known, else
    the second one, unless every call would have to pack it for at most 16 rows
    of the other, an eighth of it or less: then these rows are the filter, and
    the matrix is read where it lies. The body must be the multiplication of input
    and filter, extended to the type of the accumulator where theirs is
    narrower, and the addition to the accumulator; what it makes of an element of
    one of them before (a scale) is computed ahead, once for each.

    Rewritten until they are such convolutions, and otherwise left alone, are
    windows that run backwards (the filter is reversed) or begin at an offset (a
    slice of the image), loops of one kind that follow each other in every operand
    (joined, with what follows), batches that do not (a loop over one), channels
    in blocks (the filter is brought into the order of whole channels).

    A convolution of an image that was upsampled to the nearest pixel by a whole
    number, by a generic that divides its indices, by extraction at indices that
    any arithmetic computes, by a repetition, or in the indices of the
    convolution itself, is one of the image for each phase: taps that meet the
    same pixel are added ahead. Where they may not be (types narrower than the
    sums, weights that are not finite) or it does not pay (few outputs, windows
    dilated as far), the image is upsampled first; with `keep-upsampled` also
    where a window of 3x3 leaves it to Winograd's algorithms, those of tiles of
    4x4, which need still fewer products. Where the first or the last of
    concatenated channels, at least 32, have been upsampled, as in decoders of
    segmentation networks, these are convolved so, and the others by a second
    convolution that adds to their sums.

    Convolutions of i8 with zero points, the `_q` operations, become plain ones.
    What they lack is added: for each output channel a number, which is part of
    the bias where filter and zero points are known, and with a zero point of the
    filter the sum of each window, a convolution with one output channel.

    Folds into the convolution
    - a `linalg.transpose` of the filter; of weights that are known, any
      permutation and reversal;
    - zeros around rows and columns of the input: a `tensor.pad`, an insertion
      into zeros, a concatenation with zeros; of integers also a `tensor.pad` of
      another value, as quantised images have (`padding_value`);
    - the init: `linalg.fill` of zero or an undefined tensor leaves no
      accumulation, a broadcast of a per-channel vector becomes the bias,
      anything else is accumulated;
    - after the convolution, when each result has one use: a bias added per
      channel, a residual added elementwise, ReLU and clamps in every form front
      ends write (`cmpf` + `select`, `maximumf`, `maxnumf`, `minimumf`, ...),
      also behind the `tensor.collapse_shape` that joins groups and channels;
    - behind these, up to 16 elementwise operations of any body of `arith` and
      `math` on scalars (GELU, SiLU, hard-swish, scales, more residuals,
      `truncf`, quantisation), whose operands vary with some dimensions of the
      output. They may use each other's results, as `x * sigmoid(x)` does, when
      only the last result has other uses. A body is folded whole or not at all.

    Quantised networks have convolutions in f32 between what dequantises and what
    quantises. With `quantized=integer` one whose factors are integers of 8 bits
    (an input with one scale and zero point, a filter that is known with a scale
    for each output channel) becomes one of the integers; bias, a residual and
    bounds up to the next quantisation are part of its epilogue, which ends in
    `conv.requantize`. Results differ from the literal ones by at most one, near
    ties: the integers' sum is exact. Maxima and concatenations between are
    computed on the integers, and quantisations of what was dequantised with their
    scale and zero point are left out.

    Sums of f16 and bf16 of factors of that type, also those of products of
    matrices that are raised, become sums in f32 that are rounded once, as JAX
    means them; a remark says so.

    Scales and shifts of output channels that are known, and that the epilogue
    begins with (a batch normalisation), become part of a filter that is known and
    has the type of the sums, f32 or f64, and of one bias.

    What is computed of constants alone is computed at compile time: elementwise
    arithmetic that makes real numbers (weights stored in f16 or as scaled
    integers, the factors of a batch normalisation), up to 4096 elements also
    where that is larger than what it is made of; splits and joins of
    dimensions; and the transpositions that no convolution takes.

    Images of three dimensions become loops over slices of the output, each a sum
    over the taps along the depth of convolutions of two dimensions, with the
    slices' part of what follows; a `passed` remark says so. A convolution of an
    image that was inserted between zeros, as transposed ones are written, becomes
    one of the image itself for each phase of the stride.

    On memrefs only the operation itself is replaced, and a zero fill of the
    same memref right before it.

    ```mlir
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x56x56x64xf32>) -> ...
    %r = linalg.conv_2d_nhwc_hwcf {strides = dense<1> : vector<2xi64>}
           ins(%x, %w : ...) outs(%f : ...) -> ...
    // becomes
    %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : ...) outs(%e : ...) -> ...
    ```

    Leaves a convolution as it is, with a warning and a `missed` remark that say
    why, when no instruction is made for the element types (f32, f64; f16 and
    bf16 summed in f32; i8 and i16 summed in i32, the image's i8 unsigned or
    not), a dimension is empty or, other than batch, rows and columns, dynamic,
    its window leaves the input, its output is one of its inputs, or its body does
    something else. Of dynamic rows and columns the program's word is taken that
    the windows fit.
    With `require` that is an error. Products that stay plain have a warning,
    with `require` too. The attribute `conv.keep` on the linalg operation keeps it
    without a word.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::conv::ConvDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
  let options = [
    Option<"require", "require", "bool", /*default=*/"false",
           "Fail on a convolution that cannot be raised">,
    Option<"products", "products", "bool", /*default=*/"false",
           "Take products of matrices for 1x1 convolutions">,
    Option<"packsArguments", "packs-arguments", "bool", /*default=*/"false",
           "Filters that are arguments of the function are packed before it is "
           "called (see --conv-prepack)">,
    Option<"quantized", "quantized", "std::string", /*default=*/"\"integer\"",
           "Convolutions in f32 of dequantised integers: 'integer' computes them "
           "on the integers, 'literal' as they are written">,
    Option<"keepUpsampled", "keep-upsampled", "bool", /*default=*/"false",
           "Upsample images before convolutions of 3x3 windows that an "
           "algorithm of tiles may compute (the pipeline says so where "
           "`accuracy` or `algorithm` admits one)">];
}

def ConvVersionShapesPass : Pass<"conv-version-shapes"> {
  let summary = "Give convolutions of images of unknown size versions for sizes";
  let description = [{
    A convolution whose rows or columns only the program knows is computed by a
    kernel that finds the borders at run time. For each of `sizes` it also gets a
    version of its own, with all that a known size allows, and asks at run time
    which to take. `sizes` are rows and columns of the images that functions
    take; those inside of a network follow from them. The version for all
    other sizes is decided as if its image had the first of them, which the
    attribute `conv.image` says, rows and columns of the input; without it an
    output is assumed as networks have it: 56 x 56 with 64 channels, half as wide
    and high with twice as many.

    ```mlir
    %r = conv.conv dims<nhwc x rsck -> nhwk>
           ins(%x, %w : tensor<1x?x?x64xf32>, ...) outs(%o : ...) -> tensor<1x?x?x64xf32>
    // becomes, with sizes=56x56
    %h = tensor.dim %x, %c1 : tensor<1x?x?x64xf32>
    %same = ...                        // %h == 56 and so on, of the output as well
    %r = scf.if %same -> (tensor<1x?x?x64xf32>) {
      %y = tensor.cast %x : tensor<1x?x?x64xf32> to tensor<1x56x56x64xf32>
      %s = conv.conv dims<nhwc x rsck -> nhwk> ins(%y, %w : ...) outs(...) -> tensor<1x54x54x64xf32>
      ...
    } else {
      %g = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : ...) outs(%o : ...) {conv.image = array<i64: 56, 56>}
      ...
    }
    ```

    Convolutions with a schedule are left alone, and those whose size does not
    follow from the function's, with a `missed` remark. A size that is not of the
    form ROWSxCOLUMNS is an error.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::conv::ConvDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"];
  let options = [
    ListOption<"sizes", "sizes", "std::string",
               "Rows and columns of images, such as 224x224,320x320">];
}

def ConvVersionStridesPass : Pass<"conv-version-strides"> {
  let summary = "Give convolutions with dynamic strides a contiguous version";
  let description = [{
    Kernels want to load and store vectors, and to know how far the columns of a
    row are apart. Where a memref's type leaves these strides open, the
    convolution gets two versions and asks at run time. The strides of rows,
    images and other dimensions before the columns stay as they are: a pitch
    costs nothing.

    ```mlir
    conv.conv dims<nhwc x rsck -> nhwk>
      ins(%x, %w : memref<1x8x8x16xf32, strided<[?, ?, ?, ?]>>, ...) outs(%y : ...)
    // becomes
    %b, %offset, %sizes:4, %strides:4 = memref.extract_strided_metadata %x : ...
    %dense = ...                       // %strides#3 == 1 and %strides#2 == 16
    scf.if %dense {
      %f = memref.reinterpret_cast %b ... to memref<1x8x8x16xf32, strided<[?, ?, 16, 1]>>
      conv.conv dims<nhwc x rsck -> nhwk> ins(%f, %w : ...) outs(%y : ...)
    } else {
      conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : ...) outs(%y : ...)
    }
    ```

    Tensors, known strides and convolutions with a schedule are left alone.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::conv::ConvDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def ConvToLinalgPass : Pass<"conv-to-linalg"> {
  let summary = "Turn conv.conv back into linalg";
  let description = [{
    The inverse of `--conv-raise` in meaning: padding becomes `tensor.pad`, the
    contraction a `linalg.generic`, the epilogue elementwise operations. On
    memrefs the padded input is a temporary allocation. Convolutions nothing
    else can handle take this way to the plain upstream lowering.

    With `unscheduled-only` convolutions that carry a schedule stay. Fails on
    elements that are neither floating point nor signless integers.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::memref::MemRefDialect", "::mlir::tensor::TensorDialect"];
  let options = [
    Option<"unscheduledOnly", "unscheduled-only", "bool", /*default=*/"false",
           "Convert only convolutions without a schedule">];
}

#endif // CONV_RECOGNITION_PASSES_TD
