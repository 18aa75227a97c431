package io.github.coconut4j.model.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;

/**
 * Mean next-token cross-entropy over an output embedding, which may be the token table: {@code
 * hidden [n, D], table [V, D], tokens [n] -> []}.
 *
 * <p>Logits exist only for the n labelled positions. Their gradient is the softmax less the one-hot
 * label, so the forward pass keeps the softmax where a gradient will be asked for.
 */
public final class LabelCrossEntropy extends AbstractJavaOp {

  static final String NAME = "label_cross_entropy";

  /**
   * Number of the table's trained rows among the inputs, where it has some; then come their ids.
   */
  static final int ROWS = 3;

  /** For SameDiff. */
  public LabelCrossEntropy() {}

  private LabelCrossEntropy(SameDiff sameDiff, SDVariable... inputs) {
    super(sameDiff, inputs);
  }

  /**
   * Adds the op to the hidden states' graph.
   *
   * @param hidden final hidden states of the labelled positions [n, D]
   * @param table output embeddings [V, D]
   * @param tokens INT32 tokens to predict [n], each in [0, V)
   */
  public static SDVariable of(SDVariable hidden, SDVariable table, SDVariable tokens) {
    JavaOps.registerFor(hidden.getSameDiff());
    TrainedRows trained = TrainedRows.behind(table);
    SDVariable[] inputs =
        trained == null
            ? new SDVariable[] {hidden, table, tokens}
            : new SDVariable[] {hidden, trained.table(), tokens, trained.rows(), trained.ids()};
    return new LabelCrossEntropy(hidden.getSameDiff(), inputs).outputVariable();
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
    INDArray table = context.getInputArray(1);
    requireTokens(context);
    double loss =
        session
            .tokenTable(outputVariablesNames()[0], table)
            .meanCrossEntropy(
                context.getInputArray(0), table, context.getInputArray(2).toIntVector());
    context.getOutputArray(0).assign(loss);
  }

  private void requireTokens(OpContext context) {
    INDArray tokens = context.getInputArray(2);
    requireIndices(tokens);
    long states = context.getInputArray(0).size(0);
    if (tokens.length() != states) {
      throw new IllegalArgumentException(
          "A cross-entropy needs a token for each of "
              + states
              + " rows of hidden states but was given "
              + tokens.length()
              + ". Pass the tokens of the labelled positions.");
    }
  }

  /**
   * Gradients of the hidden states and of what is trained of the table: it, its rows or nothing.
   */
  @Override
  public List<SDVariable> diff(List<SDVariable> gradients) {
    SDVariable[] inputs = args();
    List<SDVariable> differentiated =
        List.of(
            new LabelCrossEntropyGradient(getSameDiff(), inputs, gradients.get(0), outputVariable())
                .outputVariables());
    addGradient(inputs[0], differentiated.get(0));
    if (differentiated.size() > 1) {
      addGradient(inputs.length > ROWS ? inputs[ROWS] : inputs[1], differentiated.get(1));
    }
    return differentiated;
  }
}
