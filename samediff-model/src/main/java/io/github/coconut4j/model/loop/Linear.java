package io.github.coconut4j.model.loop;

import java.util.List;

/**
 * A linear layer and its gradients on a device:
 *
 * <pre>
 * y  = x · W (+ b) (+ r)
 * dx = dy · Wᵀ          dW = xᵀ · dy          db = the sums of dy's columns
 * </pre>
 *
 * <p>Shapes: x [n, in], W [in, out], b [1, out], y and the residual r [n, out]. A weight may be
 * stored transposed; then its gradient is transposed too.
 */
public interface Linear {

  /**
   * y = x · W, plus b if there is one, plus r unless it is null.
   *
   * @param residual r without gaps between its rows, or null; may be y
   */
  void forward(Matrix x, LinearWeights weights, Matrix residual, Matrix y);

  /**
   * dx = dy · Wᵀ.
   *
   * @param accumulate whether dx is added to, not overwritten
   */
  void inputGradient(Matrix dy, LinearWeights weights, boolean accumulate, Matrix dx);

  /**
   * y += x · W. It is the input gradient of the layer with the transposed weight.
   *
   * @param y may have gaps between its rows
   */
  default void addForward(Matrix x, LinearWeights weights, Matrix y) {
    inputGradient(x, weights.transposed(), true, y);
  }

  /**
   * dW = Σ xᵀ · dy and db = Σ of dy's rows over all terms.
   *
   * @param accumulate whether the gradients are added to, not overwritten
   * @param gradients the requested gradients; the other is null
   */
  void parameterGradients(List<Term> terms, boolean accumulate, LinearWeights gradients);

  /**
   * The contribution of some positions to a layer's gradients.
   *
   * @param x inputs [n, in]
   * @param dy gradients of the outputs [n, out]
   */
  record Term(Matrix x, Matrix dy) {

    /** The same positions and the columns [from, from + count) of dy. */
    public Term columns(long from, long count) {
      return new Term(x, dy.columns(from, count));
    }
  }
}
