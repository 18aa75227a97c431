package io.github.coconut4j.model.op;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.latent.BatchLayout;
import io.github.coconut4j.model.latent.DropoutInputs;
import io.github.coconut4j.model.latent.LoopStates;
import io.github.coconut4j.model.latent.Positions;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.OpContext;

/**
 * The whole latent loop as one node of the graph: every pass and every layer, on a backend's
 * device.
 *
 * <p>Inputs: token embeddings [B, T, D]; INT32 position ids, attention mask and latent mask [B, T];
 * INT32 queried positions [n]; then the parameters except the token table, in the order of {@link
 * ParameterLayout}; then, if there is dropout, {@link DropoutInputs}; then, if there are any, INT32
 * probed positions [m]. Outputs: hidden states at the queried positions [n, D] and, at the probed
 * ones, the input of each block [L, m, D]. Backend and model are stored in the op's string
 * arguments, which SameDiff saves and clones.
 */
public final class LatentLoopOp extends AbstractJavaOp {

  static final String NAME = "latent_loop";

  /** Number of inputs before the parameters. */
  static final int LEADING_INPUTS = 5;

  private static final JsonMapper JSON = new JsonMapper();

  /**
   * The backend and model of a loop.
   *
   * @param backend the backend's name
   * @param precision of the linear layers
   * @param config the model
   */
  record Model(String backend, Precision precision, TransformerConfig config) {

    static Model of(DynamicCustomOp op) {
      try {
        return new Model(
            op.getSArgument(0),
            Precision.valueOf(op.getSArgument(1)),
            JSON.readValue(op.getSArgument(2), TransformerConfig.class));
      } catch (JsonProcessingException e) {
        throw new UncheckedIOException("The graph's latent loop must hold its model", e);
      }
    }

    void storeIn(DynamicCustomOp op) {
      try {
        op.addSArgument(backend, precision.name(), JSON.writeValueAsString(config));
      } catch (JsonProcessingException e) {
        throw new UncheckedIOException("A model's configuration must be writable as JSON", e);
      }
    }
  }

  private Model model;

  /** 0 until known; cached, since listing a model's parameters takes longer than a small layer. */
  private int parameterCount;

  /** For SameDiff. */
  public LatentLoopOp() {}

  private LatentLoopOp(
      SameDiff sameDiff,
      SDVariable[] inputs,
      Model model,
      boolean probes,
      boolean keepsFedGradients) {
    super(sameDiff, inputs);
    addBArgument(probes, keepsFedGradients);
    model.storeIn(this);
  }

  /**
   * Adds the op to a graph.
   *
   * @param inputs token embeddings, position ids, attention mask, latent mask, queried positions
   * @param parameters all parameters except the token table, in the order of the layout
   * @param dropout the batch's dropout, or null for none
   * @param probed positions whose hidden states of inner layers are requested, or null for none
   * @param keepsFedGradients as {@link BatchLayout#keepsFedGradients()}
   * @throws IllegalArgumentException if the number of parameters is wrong; shapes, position ids,
   *     queried and probed positions are checked when the graph runs
   */
  static LoopStates of(
      List<SDVariable> inputs,
      List<SDVariable> parameters,
      DropoutInputs dropout,
      SDVariable probed,
      boolean keepsFedGradients,
      Model model) {
    SameDiff sameDiff = inputs.get(0).getSameDiff();
    JavaOps.registerFor(sameDiff);
    requireCount("inputs", inputs.size(), LEADING_INPUTS);
    int expected = ParameterLayout.of(model.config()).loopParameters().size();
    requireCount("parameters", parameters.size(), expected);
    List<SDVariable> all = new ArrayList<>(inputs);
    all.addAll(parameters);
    if (dropout != null) {
      all.addAll(List.of(dropout.rates(), dropout.counters()));
    }
    if (probed != null) {
      all.add(probed);
    }
    SDVariable[] outputs =
        new LatentLoopOp(
                sameDiff, all.toArray(SDVariable[]::new), model, probed != null, keepsFedGradients)
            .outputVariables();
    return new LoopStates(outputs[0], probed == null ? null : outputs[1]);
  }

  /**
   * Whether hidden states of inner layers are requested; graphs of earlier versions lack this
   * argument.
   */
  private boolean probes() {
    return probes(this);
  }

  static boolean probes(DynamicCustomOp op) {
    return op.numBArguments() > 0 && op.getBArgument(0);
  }

  @Override
  public int getNumOutputs() {
    return probes() ? 2 : 1;
  }

  private static void requireCount(String what, int found, int needed) {
    if (found != needed) {
      throw new IllegalArgumentException(
          "A latent loop of this model has "
              + needed
              + " "
              + what
              + ", but was given "
              + found
              + ".");
    }
  }

  /** The backend and model of this loop. */
  Model model() {
    if (model == null) {
      model = Model.of(this);
    }
    return model;
  }

  @Override
  public String opName() {
    return NAME;
  }

  @Override
  long[][] outputShapes(List<INDArray> inputs) {
    long width = inputs.get(0).size(2);
    long[] hidden = {inputs.get(4).length(), width};
    return probes()
        ? new long[][] {hidden, {model().config().getNLayer(), probed(inputs).length(), width}}
        : new long[][] {hidden};
  }

  private static INDArray probed(List<INDArray> inputs) {
    return inputs.get(inputs.size() - 1);
  }

  @Override
  public boolean runsOnDevice() {
    return true;
  }

  @Override
  public void execute(OpContext context, JavaOpSession session) {
    List<INDArray> inputs = context.getInputArrays();
    session
        .latentLoop(outputVariablesNames()[0], model())
        .forward(
            layout(inputs),
            inputs.get(0),
            inputs.subList(LEADING_INPUTS, parametersEnd()),
            context.getOutputArray(0),
            probes() ? context.getOutputArray(1) : null,
            dropout(inputs),
            session.differentiates());
  }

  private int parametersEnd() {
    if (parameterCount == 0) {
      parameterCount = ParameterLayout.of(model().config()).loopParameters().size();
    }
    return LEADING_INPUTS + parameterCount;
  }

  private Dropout dropout(List<INDArray> inputs) {
    int end = parametersEnd();
    return inputs.size() < end + 2
        ? null
        : DropoutInputs.dropout(inputs.get(end), inputs.get(end + 1));
  }

  private BatchLayout layout(List<INDArray> inputs) {
    long sequences = inputs.get(0).size(0);
    long steps = inputs.get(0).size(1);
    Positions positions =
        Positions.of(
            (int) sequences,
            (int) steps,
            values(inputs.get(1), "position ids", sequences, steps),
            values(inputs.get(2), "an attention mask", sequences, steps),
            values(inputs.get(3), "a latent mask", sequences, steps));
    INDArray queried = inputs.get(4);
    BatchLayout layout =
        BatchLayout.of(positions, values(queried, "queried positions", queried.length()))
            .withLatentIterations(model().config().getLatentIterations());
    if (numBArguments() > 1 && getBArgument(1)) {
      layout = layout.withFedGradients();
    }
    if (!probes()) {
      return layout;
    }
    INDArray probed = probed(inputs);
    return layout.withProbed(values(probed, "probed positions", probed.length()));
  }

  private int[] values(INDArray array, String name, long... shape) {
    requireIndices(array);
    if (!Arrays.equals(array.shape(), shape)) {
      throw new IllegalArgumentException(
          "The latent loop needs %s of shape %s, but was given %s."
              .formatted(name, Arrays.toString(shape), Arrays.toString(array.shape())));
    }
    return array.reshape(-1).toIntVector();
  }

  /** Gradients of the token embeddings and of trained parameters only. */
  @Override
  public List<SDVariable> diff(List<SDVariable> gradients) {
    SDVariable[] inputs = args();
    SDVariable[] read =
        Arrays.copyOf(inputs, parametersEnd()); // the forward pass knows the dropout
    int[] trained =
        IntStream.range(0, read.length - LEADING_INPUTS)
            .filter(parameter -> isDifferentiated(inputs[LEADING_INPUTS + parameter]))
            .toArray();
    List<SDVariable> differentiated =
        List.of(
            new LatentLoopGradient(getSameDiff(), read, trained, withOutputs(gradients), model())
                .outputVariables());
    addGradient(inputs[0], differentiated.get(0));
    for (int i = 0; i < trained.length; i++) {
      addGradient(inputs[LEADING_INPUTS + trained[i]], differentiated.get(1 + i));
    }
    return differentiated;
  }

  /**
   * Gradients of the layer states, if there are any, and of the hidden states, followed by the
   * hidden states.
   */
  private SDVariable[] withOutputs(List<SDVariable> gradients) {
    SDVariable[] outputs = outputVariables();
    SDVariable hidden = gradient(gradients, 0);
    return probes()
        ? new SDVariable[] {gradient(gradients, 1), hidden, outputs[0]}
        : new SDVariable[] {hidden, outputs[0]};
  }

  /** An output's gradient: zeros where the loss does not depend on it. */
  private SDVariable gradient(List<SDVariable> gradients, int output) {
    SDVariable gradient = gradients.size() > output ? gradients.get(output) : null;
    return gradient == null ? getSameDiff().zerosLike(outputVariables()[output]) : gradient;
  }
}
