package io.github.coconut4j.model.backend;

import io.github.coconut4j.model.internal.Arguments;
import java.util.Collection;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.updaters.AdamUpdater;
import org.nd4j.linalg.factory.Nd4j;

/** AdamW with ND4J's own operations, on any of its backends and in any floating-point type. */
final class Nd4jOptimizerStep implements OptimizerStep {

  @Override
  public void adamW(List<Parameter<INDArray>> parameters, Settings settings) {
    Arguments.requireElements(parameters, "parameters");
    Arguments.requireNonNull(settings, "settings", "Build OptimizerStep.Settings.");
    parameters.forEach(Nd4jOptimizerStep::requireAlike);
    parameters.forEach(parameter -> update(parameter, settings));
  }

  private static void requireAlike(Parameter<INDArray> parameter) {
    ArrayCheck.requireOpen(parameter.values(), "a parameter");
    DataType type = parameter.values().dataType();
    long[] shape = parameter.values().shape();
    ArrayCheck.require(parameter.gradient(), "a gradient", type, shape);
    ArrayCheck.require(parameter.firstMoment(), "a first moment", type, shape);
    ArrayCheck.require(parameter.secondMoment(), "a second moment", type, shape);
  }

  private static void update(Parameter<INDArray> parameter, Settings settings) {
    INDArray gradient = parameter.gradient();
    if (settings.getGradientFactor() != 1) {
      gradient.muli(settings.getGradientFactor());
    }
    if (settings.getWeightDecay() > 0) {
      parameter.values().muli(1 - settings.getLearningRate() * settings.getWeightDecay());
    }
    // ND4J adds epsilon to sqrt(v), PyTorch to sqrt(v / (1 - beta2^t)).
    double correction = Math.sqrt(1 - Math.pow(settings.getBeta2(), settings.getStep()));
    Nd4j.exec(
        new AdamUpdater(
            gradient,
            parameter.secondMoment(),
            parameter.firstMoment(),
            settings.getLearningRate(),
            settings.getBeta1(),
            settings.getBeta2(),
            settings.getEpsilon() * correction,
            settings.getStep() - 1));
    parameter.values().subi(gradient);
  }

  @Override
  public double norm(Collection<INDArray> gradients) {
    Arguments.requireElements(gradients, "gradients");
    double norm = 0;
    for (INDArray gradient : gradients) {
      ArrayCheck.requireOpen(gradient, "a gradient");
      norm = Math.hypot(norm, norm(gradient));
    }
    return norm;
  }

  private static double norm(INDArray gradient) {
    double norm = gradient.norm2Number().doubleValue();
    // In FLOAT the squares of values above 1.8e19 overflow; in DOUBLE they do not.
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

  @Override
  public void close() {
    // There is nothing to free.
  }
}
