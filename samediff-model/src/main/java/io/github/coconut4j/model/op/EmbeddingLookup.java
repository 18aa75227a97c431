package io.github.coconut4j.model.op;

import java.util.Arrays;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.Variable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;

/**
 * Rows of a table: {@code table [V, D], indices [...] -> [..., D]}.
 *
 * <p>For a table made by {@link TrainedRows}, the rows and their ids are further inputs: the table
 * holds the rows' values, and the rows have the gradient.
 *
 * <p>It replaces SameDiff's gather, whose gradient assigns instead of adding if an index occurs
 * twice.
 */
public final class EmbeddingLookup extends AbstractJavaOp {

  static final String NAME = "table_lookup";

  /** For SameDiff. */
  public EmbeddingLookup() {}

  private EmbeddingLookup(SameDiff sameDiff, SDVariable... inputs) {
    super(sameDiff, inputs);
  }

  /**
   * Adds the op to the table's graph.
   *
   * @param table [V, D], floating point
   * @param indices INT32 of any shape, each in [0, V)
   */
  public static SDVariable of(SDVariable table, SDVariable indices) {
    JavaOps.registerFor(table.getSameDiff());
    TrainedRows trained = TrainedRows.behind(table);
    SDVariable[] inputs =
        trained == null
            ? new SDVariable[] {WidenedTable.behind(table), indices}
            : new SDVariable[] {trained.table(), indices, trained.rows(), trained.ids()};
    return new EmbeddingLookup(table.getSameDiff(), inputs).outputVariable();
  }

  @Override
  public String opName() {
    return NAME;
  }

  @Override
  long[][] outputShapes(List<INDArray> inputs) {
    long[] indices = inputs.get(1).shape();
    long[] shape = Arrays.copyOf(indices, indices.length + 1);
    shape[indices.length] = inputs.get(0).size(1);
    return new long[][] {shape};
  }

  @Override
  public boolean runsOnDevice() {
    return true;
  }

  @Override
  public void execute(OpContext context, JavaOpSession session) {
    INDArray table = context.getInputArray(0);
    requireIndices(context.getInputArray(1));
    session
        .tokenTable(table)
        .lookUp(
            table,
            context.getInputArray(1).reshape(-1).toIntVector(),
            context.getOutputArray(0).reshape(-1, table.size(1)));
  }

  @Override
  public List<SDVariable> doDiff(List<SDVariable> gradients) {
    SDVariable table = arg(0);
    SDVariable indices = arg(1);
    SDVariable tableGradient =
        new EmbeddingLookupGradient(getSameDiff(), table, indices, gradients.get(0))
            .outputVariable();
    return List.of(tableGradient, getSameDiff().zerosLike(indices));
  }

  /**
   * Adds to the gradient from other uses of the table. SameDiff adds whole tables only if that
   * gradient also belongs to another variable.
   */
  @Override
  public List<SDVariable> diff(List<SDVariable> gradients) {
    SDVariable table = arg(0);
    if (args().length > 2) {
      return rowGradient(gradients.get(0));
    }
    if (!isDifferentiated(table)) {
      return List.of();
    }
    if (!table.hasGradient() || sharesGradient(table)) {
      return super.diff(gradients);
    }
    SDVariable sum =
        new EmbeddingLookupGradient(
                getSameDiff(), table, arg(1), gradients.get(0), table.getGradient())
            .outputVariable();
    getSameDiff().setGradientForVariableName(table.name(), sum);
    return List.of(sum, getSameDiff().zerosLike(arg(1)));
  }

  private List<SDVariable> rowGradient(SDVariable gradient) {
    SDVariable ofRows =
        new TrainedRowsGradient(getSameDiff(), arg(2), arg(3), arg(1), gradient).outputVariable();
    addGradient(arg(2), ofRows);
    return List.of(ofRows);
  }

  /**
   * Whether the table's gradient also belongs to another variable, as after an addition of the two.
   */
  private boolean sharesGradient(SDVariable table) {
    String gradient = table.getGradient().name();
    return getSameDiff().getVariables().values().stream()
        .filter(other -> !other.getName().equals(table.name()))
        .map(Variable::getGradient)
        .anyMatch(other -> other != null && other.name().equals(gradient));
  }
}
