package io.github.coconut4j.model.op;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;

/**
 * What SameDiff asks of every op, answered for ops that ND4J's native library does not know: it
 * looks such an op up by name in a native table and fails with a NullPointerException otherwise.
 */
abstract class AbstractJavaOp extends DynamicCustomOp implements JavaOp {

  /** For SameDiff, which clones and loads ops by their no-argument constructors. */
  AbstractJavaOp() {}

  AbstractJavaOp(SameDiff sameDiff, SDVariable... inputs) {
    super(null, sameDiff, inputs);
  }

  @Override
  public abstract String opName();

  /** Shapes of the outputs, from the inputs' arrays. */
  abstract long[][] outputShapes(List<INDArray> inputs);

  /** Which input has the data type of the outputs. */
  abstract int typedInput();

  @Override
  public Map<String, Object> propertiesForFunction() {
    return Collections.emptyMap();
  }

  @Override
  public List<DataType> calculateOutputDataTypes(List<DataType> inputTypes) {
    return Collections.nCopies(getNumOutputs(), inputTypes.get(typedInput()));
  }

  @Override
  public List<LongShapeDescriptor> calculateOutputShape(OpContext context) {
    List<INDArray> inputs = context.getInputArrays();
    DataType type = inputs.get(typedInput()).dataType();
    return Arrays.stream(outputShapes(inputs))
        .map(shape -> LongShapeDescriptor.fromShape(shape, type))
        .toList();
  }

  /** Inputs of this op as variables of its graph. */
  final List<SDVariable> inputs() {
    return Arrays.asList(args());
  }

  /** Makes one zero gradient for each of the integer inputs, which have none. */
  static List<SDVariable> withoutGradients(SameDiff sameDiff, SDVariable... inputs) {
    return IntStream.range(0, inputs.length).mapToObj(i -> sameDiff.zerosLike(inputs[i])).toList();
  }
}
