package io.github.coconut4j.model.op;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;

/**
 * Implements the methods that SameDiff calls on every op, for ops that ND4J's native library does
 * not know. ND4J's own implementation looks an op up by name in a native table and would fail with
 * a NullPointerException.
 *
 * <p>Outputs have the data type of the first input, or FLOAT if that is a table in BFLOAT16:
 * nothing is computed in BFLOAT16.
 */
abstract class AbstractJavaOp extends DynamicCustomOp implements JavaOp {

  /** For SameDiff, which clones and loads ops by their no-argument constructors. */
  AbstractJavaOp() {}

  AbstractJavaOp(SameDiff sameDiff, SDVariable... inputs) {
    super(null, sameDiff, inputs);
  }

  @Override
  public abstract String opName();

  /** Shapes of the outputs, from the inputs' arrays: one output in the shape of the first input. */
  long[][] outputShapes(List<INDArray> inputs) {
    return new long[][] {inputs.get(0).shape()};
  }

  /** Rejects other types, since their values would be truncated to row indices. */
  final void requireIndices(INDArray indices) {
    if (indices.dataType() != DataType.INT32) {
      throw new IllegalArgumentException(
          "The op %s needs indices of INT32 but was given %s. Cast them with castTo(DataType.INT32)."
              .formatted(opName(), indices.dataType()));
    }
  }

  /**
   * Whether an input needs a gradient. Parameters that are not trained are constants of their
   * graph, and ops that read only constants are not differentiated.
   */
  static boolean isDifferentiated(SDVariable input) {
    return !input.isConstant();
  }

  /** Adds to one input's gradient, as SameDiff's {@code diff} does for all inputs. */
  final void addGradient(SDVariable input, SDVariable gradient) {
    SDVariable sum = input.hasGradient() ? input.getGradient().add(gradient) : gradient;
    getSameDiff().setGradientForVariableName(input.name(), sum);
  }

  @Override
  public int getNumOutputs() {
    return 1;
  }

  @Override
  public Map<String, Object> propertiesForFunction() {
    return Collections.emptyMap();
  }

  @Override
  public List<DataType> calculateOutputDataTypes(List<DataType> inputTypes) {
    return Collections.nCopies(getNumOutputs(), outputType(inputTypes.get(0)));
  }

  private static DataType outputType(DataType first) {
    return first == DataType.BFLOAT16 ? DataType.FLOAT : first;
  }

  @Override
  public List<LongShapeDescriptor> calculateOutputShape(OpContext context) {
    List<INDArray> inputs = context.getInputArrays();
    DataType type = outputType(inputs.get(0).dataType());
    return Arrays.stream(outputShapes(inputs))
        .map(shape -> LongShapeDescriptor.fromShape(shape, type))
        .toList();
  }
}
