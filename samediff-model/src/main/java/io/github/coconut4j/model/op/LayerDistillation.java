package io.github.coconut4j.model.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;

/**
 * The distance between hidden states of students and those of their teachers, layer by layer (CODI,
 * arXiv 2502.21074, equation 4):
 *
 * <pre>
 * 1 / layers · Σ SmoothL1(student, teacher) / std(teacher)
 * SmoothL1 = mean of x² / 2 if |x| &lt; 1, else |x| - 1/2;  std over all numbers, n - 1
 * </pre>
 *
 * <p>Inputs: inputs of each block [L, m, D], final hidden states [n, D]; INT32 [s] the indices of
 * students and of teachers among the m, then among the n. Output: a scalar. Teachers get no
 * gradient.
 */
public final class LayerDistillation extends AbstractJavaOp {

  static final String NAME = "layer_distillation";

  /** For SameDiff. */
  public LayerDistillation() {}

  private LayerDistillation(SameDiff sameDiff, SDVariable[] inputs, long firstLayer) {
    super(sameDiff, inputs);
    addIArgument(firstLayer);
  }

  /**
   * Adds the op to the hidden states' graph.
   *
   * @param layers the input of each block [L, m, D]
   * @param hidden final hidden states [n, D]
   * @param students INT32 [s], indices among the m
   * @param teachers INT32 [s], likewise
   * @param finalStudents INT32 [s], indices among the n
   * @param finalTeachers INT32 [s], likewise
   * @param firstLayer first layer that is compared: 0 includes the embeddings, 1 does not
   */
  public static SDVariable of(
      SDVariable layers,
      SDVariable hidden,
      SDVariable students,
      SDVariable teachers,
      SDVariable finalStudents,
      SDVariable finalTeachers,
      int firstLayer) {
    JavaOps.registerFor(layers.getSameDiff());
    SDVariable[] inputs = {layers, hidden, students, teachers, finalStudents, finalTeachers};
    return new LayerDistillation(layers.getSameDiff(), inputs, firstLayer).outputVariable();
  }

  @Override
  public String opName() {
    return NAME;
  }

  @Override
  long[][] outputShapes(List<INDArray> inputs) {
    return new long[][] {{}};
  }

  @Override
  public void execute(OpContext context, JavaOpSession session) {
    context
        .getOutputArray(0)
        .assign(LayerDistances.of(context.getInputArrays(), firstLayer()).mean());
  }

  private int firstLayer() {
    return getIArgument(0).intValue();
  }

  @Override
  public List<SDVariable> diff(List<SDVariable> gradients) {
    SDVariable[] inputs = args();
    SDVariable[] differentiated =
        new LayerDistillationGradient(getSameDiff(), inputs, gradients.get(0), firstLayer())
            .outputVariables();
    addGradient(inputs[0], differentiated[0]);
    addGradient(inputs[1], differentiated[1]);
    return List.of(differentiated);
  }
}
