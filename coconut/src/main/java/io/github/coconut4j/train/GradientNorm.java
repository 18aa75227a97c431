package io.github.coconut4j.train;

import java.util.Collection;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The Euclidean norm of all gradients taken as one vector. */
final class GradientNorm {

  private GradientNorm() {}

  static double of(Collection<INDArray> gradients) {
    double norm = 0;
    for (INDArray gradient : gradients) {
      norm = Math.hypot(norm, of(gradient));
    }
    return norm;
  }

  private static double of(INDArray gradient) {
    double norm = gradient.norm2Number().doubleValue();
    // In FLOAT the squares of values from 1.8e19 on overflow; in DOUBLE they do not.
    return Double.isFinite(norm) ? norm : inDouble(gradient);
  }

  private static double inDouble(INDArray gradient) {
    INDArray copy = gradient.castTo(DataType.DOUBLE);
    double norm = copy.norm2Number().doubleValue();
    if (copy != gradient) {
      copy.close();
    }
    return norm;
  }

  /** The factor that scales gradients of a norm down to at most {@code limit}. */
  static double clippingFactor(double norm, double limit) {
    return norm > limit ? limit / norm : 1;
  }
}
