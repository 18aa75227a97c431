package io.github.coconut4j.train;

import java.util.Collection;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The Euclidean norm of all gradients taken as one vector. */
final class GradientNorm {

  private GradientNorm() {}

  static double of(Collection<INDArray> gradients) {
    double squares = 0;
    for (INDArray gradient : gradients) {
      double norm = gradient.norm2Number().doubleValue();
      squares += norm * norm;
    }
    return Math.sqrt(squares);
  }

  /** The factor that scales gradients of a norm down to at most {@code limit}. */
  static double clippingFactor(double norm, double limit) {
    return norm > limit ? limit / norm : 1;
  }
}
