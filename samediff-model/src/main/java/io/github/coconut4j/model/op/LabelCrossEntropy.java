package io.github.coconut4j.model.op;

import io.github.coconut4j.model.backend.WeightedLabels;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;

/**
 * Next-token cross-entropy over an output embedding, which may be the token table: {@code hidden
 * [n, D], table [V, D], tokens [n] -> []}, the mean over n, or with weights [n] as a further, last
 * input their weighted sum.
 *
 * <p>Logits exist only for the n labelled positions. Their gradient is the softmax minus the
 * one-hot label, so the forward pass stores the softmax if a gradient will be computed.
 */
public final class LabelCrossEntropy extends AbstractJavaOp {

  static final String NAME = "label_cross_entropy";

  /** Index of the table's trained rows among the inputs, if it has some; their ids follow. */
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
    return of(hidden, table, tokens, null);
  }

  /**
   * Adds the op to the hidden states' graph.
   *
   * @param hidden final hidden states [n, D]
   * @param table output embeddings [V, D]
   * @param tokens INT32 tokens to predict [n], each in [0, V)
   * @param weights DOUBLE, a finite weight for each token [n]; or null for the mean
   */
  public static SDVariable of(
      SDVariable hidden, SDVariable table, SDVariable tokens, SDVariable weights) {
    JavaOps.registerFor(hidden.getSameDiff());
    TrainedRows trained = TrainedRows.behind(table);
    List<SDVariable> inputs = new ArrayList<>(List.of(hidden));
    inputs.addAll(
        trained == null
            ? List.of(WidenedTable.behind(table), tokens)
            : List.of(trained.table(), tokens, trained.rows(), trained.ids()));
    if (weights != null) {
      inputs.add(weights);
    }
    return new LabelCrossEntropy(hidden.getSameDiff(), inputs.toArray(SDVariable[]::new))
        .outputVariable();
  }

  /** Whether the op's inputs include trained rows and their ids: it has 5 or 6 inputs then. */
  static boolean hasRows(int inputs) {
    return inputs > ROWS + 1;
  }

  /** The labels in the op's inputs; weights are a last input after 3 or 5 others. */
  static WeightedLabels labels(List<INDArray> inputs) {
    int[] tokens = inputs.get(2).toIntVector();
    boolean hasWeights = inputs.size() % 2 == 0;
    return hasWeights
        ? WeightedLabels.of(tokens, inputs.get(inputs.size() - 1).toDoubleVector())
        : WeightedLabels.mean(tokens);
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
  public boolean runsOnDevice() {
    return true;
  }

  @Override
  public void execute(OpContext context, JavaOpSession session) {
    INDArray table = context.getInputArray(1);
    requireTokens(context);
    session
        .tokenTable(outputVariablesNames()[0], table)
        .crossEntropy(
            context.getInputArray(0),
            table,
            labels(context.getInputArrays()),
            context.getOutputArray(0));
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
   * Gradients of the hidden states and of the trained part of the table: all, its rows or nothing.
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
      addGradient(hasRows(inputs.length) ? inputs[ROWS] : inputs[1], differentiated.get(1));
    }
    return differentiated;
  }
}
