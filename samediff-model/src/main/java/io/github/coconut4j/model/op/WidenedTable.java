package io.github.coconut4j.model.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ops.OpContext;

/**
 * Converts a constant table in BFLOAT16 to FLOAT: {@code table [V, D] -> table [V, D]}.
 *
 * <p>{@link EmbeddingLookup} and {@link LabelCrossEntropy} read the constant itself; other ops get
 * a copy.
 */
public final class WidenedTable extends AbstractJavaOp {

  static final String NAME = "widened_table";

  /** For SameDiff. */
  public WidenedTable() {}

  private WidenedTable(SameDiff sameDiff, SDVariable table) {
    super(sameDiff, table);
  }

  /** The table itself, or converted to FLOAT if it is BFLOAT16. */
  public static SDVariable of(SDVariable table) {
    if (table.dataType() != DataType.BFLOAT16) {
      return table;
    }
    JavaOps.registerFor(table.getSameDiff());
    return new WidenedTable(table.getSameDiff(), table).outputVariable();
  }

  /** The table before conversion, or the given one if it was not converted. */
  static SDVariable behind(SDVariable table) {
    return table.getSameDiff().getVariableOutputOp(table.name()) instanceof WidenedTable widened
        ? widened.arg(0)
        : table;
  }

  @Override
  public String opName() {
    return NAME;
  }

  @Override
  public void execute(OpContext context, JavaOpSession session) {
    context.getOutputArray(0).assign(context.getInputArray(0));
  }

  /** A constant has no gradient. */
  @Override
  public List<SDVariable> diff(List<SDVariable> gradients) {
    return List.of();
  }
}
