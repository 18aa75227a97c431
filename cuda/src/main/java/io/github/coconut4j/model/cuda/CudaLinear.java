package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.loop.Linear;
import io.github.coconut4j.model.loop.LinearWeights;
import io.github.coconut4j.model.loop.Matrix;
import java.util.List;
import lombok.RequiredArgsConstructor;

/** Linear layers as products of matrices. */
@RequiredArgsConstructor
final class CudaLinear implements Linear {

  private final Products products;

  /** Of products over no rows, which cuBLASLt does not know. */
  private final Products plain;

  private final ColumnSums columnSums;

  @Override
  public void forward(Matrix x, LinearWeights weights, Matrix residual, Matrix y) {
    Operand w = new Operand(weights.weight(), weights.outIn());
    products.multiply(Operand.of(x), w, weights.bias(), residual, y);
  }

  @Override
  public void inputGradient(Matrix dy, LinearWeights weights, boolean accumulate, Matrix dx) {
    Operand w = new Operand(weights.weight(), !weights.outIn());
    products.multiply(Operand.of(dy), w, null, accumulate ? dx : null, dx);
  }

  @Override
  public void parameterGradients(List<Term> terms, boolean accumulate, LinearWeights gradients) {
    boolean adds = accumulate;
    for (Term term : terms) {
      if (gradients.weight() != null) {
        weightGradient(term, adds, gradients);
      }
      if (gradients.bias() != null) {
        columnSums.of(term.dy(), adds, gradients.bias());
      }
      adds = true;
    }
  }

  private void weightGradient(Term term, boolean adds, LinearWeights gradients) {
    Matrix target = gradients.weight();
    Matrix left = gradients.outIn() ? term.dy() : term.x();
    Matrix right = gradients.outIn() ? term.x() : term.dy();
    (left.rows() == 0 ? plain : products)
        .multiply(Operand.transposed(left), Operand.of(right), null, adds ? target : null, target);
  }
}
