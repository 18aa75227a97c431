package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.loop.Linear;
import io.github.coconut4j.model.loop.LinearWeights;
import io.github.coconut4j.model.loop.Matrix;
import java.util.List;
import lombok.RequiredArgsConstructor;

/**
 * Linear layers as products of matrices. With precision bf16, factors are rounded to bfloat16;
 * sums, residuals, results and gradients of biases are float32. Weights may be in bfloat16.
 */
@RequiredArgsConstructor
final class CudaLinear implements Linear {

  private final Products products;

  /** For products over no rows, which cuBLASLt rejects. */
  private final Products plain;

  private final ColumnSums columnSums;

  /** Copies of factors, or null if products are computed in float32. */
  private final Bfloat16Copies copies;

  /** Products in float32 with weights in bfloat16. */
  private final WidenedProducts widened;

  @Override
  public void forward(Matrix x, LinearWeights weights, Matrix residual, Matrix y) {
    multiply(x, weights.weight(), weights.outIn(), weights.bias(), residual, y);
  }

  @Override
  public void inputGradient(Matrix dy, LinearWeights weights, boolean accumulate, Matrix dx) {
    multiply(dy, weights.weight(), !weights.outIn(), null, accumulate ? dx : null, dx);
  }

  private void multiply(
      Matrix rows, Matrix weight, boolean transposed, Matrix bias, Matrix addend, Matrix result) {
    if (weight.bfloat16() && copies == null) {
      widened.multiply(rows, new Operand(weight, transposed), bias, addend, result);
      return;
    }
    boolean rounds = copies != null && copies.areWorthIt(rows.rows(), weight);
    Operand left = Operand.of(rounds ? copies.first(rows) : rows);
    Operand right = new Operand(rounds ? copies.weight(weight) : weight, transposed);
    products.multiply(left, right, bias, addend, result);
  }

  @Override
  public void parameterGradients(List<Term> terms, boolean accumulate, LinearWeights gradients) {
    boolean rounds =
        copies != null
            && Bfloat16Copies.areWorthIt(terms.stream().mapToLong(term -> term.x().rows()).sum());
    boolean adds = accumulate;
    for (Term term : terms) {
      if (gradients.weight() != null) {
        weightGradient(term, rounds, adds, gradients);
      }
      if (gradients.bias() != null) {
        columnSums.of(term.dy(), adds, gradients.bias());
      }
      adds = true;
    }
  }

  private void weightGradient(Term term, boolean rounds, boolean adds, LinearWeights gradients) {
    Matrix target = gradients.weight();
    Matrix left = gradients.outIn() ? term.dy() : term.x();
    Matrix right = gradients.outIn() ? term.x() : term.dy();
    if (rounds && left.rows() > 0) {
      left = copies.first(left);
      right = copies.second(right);
    }
    (left.rows() == 0 ? plain : products)
        .multiply(Operand.transposed(left), Operand.of(right), null, adds ? target : null, target);
  }
}
