package io.github.coconut4j.parity;

import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.Generator;
import io.github.coconut4j.generate.TokenListener;
import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.LoraAdapter;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.LossGradients;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Runs a fixture's batch and prompts and compares loss, logits, embeddings, gradients and greedy
 * continuations with those that another implementation computed.
 */
public final class ParityCheck {

  private static final String LOGITS = "logits";
  private static final String MERGED_LOGITS = "merged_logits";
  private static final String EMBEDDINGS = "inputs_embeds";

  private final Path fixture;
  private final LatentLoops loop;
  private final ParityCase expected;
  private final TransformerConfig base;
  private final Weights weights;

  /** Null without one. */
  private final LoraAdapter adapter;

  private ParityCheck(Path fixture, Path adapterDirectory, LatentLoops loop) throws IOException {
    this.fixture = fixture;
    this.loop = loop;
    expected = ParityCase.read(fixture);
    base = TransformerConfig.read(fixture);
    weights = Weights.read(fixture, base);
    Path directory = adapterDirectory;
    if (directory == null && expected.getAdapter() != null) {
      directory = fixture.resolve(expected.getAdapter());
    }
    adapter = directory == null ? null : LoraAdapter.read(directory, fixture, base);
  }

  /**
   * Compares.
   *
   * @param fixture a directory with {@code case.json} of the kind {@code coconut} or {@code lora},
   *     {@code config.json}, {@code model.safetensors} and {@code expected.safetensors}
   * @throws IllegalArgumentException if it is no such directory, or what it holds is incomplete or
   *     not of the model's shapes
   */
  public static ParityReport run(Path fixture, LatentLoops loop) throws IOException {
    return run(fixture, null, loop);
  }

  /**
   * Compares a model with an adapter.
   *
   * @param adapter the adapter's directory, or null for the one that the fixture names, if any
   * @throws IllegalArgumentException as {@link #run(Path, LatentLoops)}, or if the adapter does not
   *     belong to the fixture's model
   */
  public static ParityReport run(Path fixture, Path adapter, LatentLoops loop) throws IOException {
    return new ParityCheck(fixture, adapter, loop).run();
  }

  private LatentTransformer transformer() {
    return adapter == null
        ? LatentTransformer.create(base, weights, loop)
        : LatentTransformer.create(adapter.on(base), adapter.on(base, weights), loop);
  }

  private Set<String> outputs() {
    return adapter == null ? Set.of(LOGITS, EMBEDDINGS) : Set.of(LOGITS, MERGED_LOGITS, EMBEDDINGS);
  }

  private ParityReport run() throws IOException {
    LatentBatch batch = expected.batch();
    try (LatentTransformer transformer = transformer();
        ExpectedTensors tensors = ExpectedTensors.open(fixture, outputs())) {
      INDArray logits = transformer.logits(batch);
      INDArray embeddings = transformer.inputEmbeddings(batch);
      ParityReport.ParityReportBuilder report =
          ParityReport.builder()
              .fixture(fixture.toString())
              .loop(loop.name().toLowerCase(Locale.ROOT))
              .logitsError(
                  Math.max( // which keeps NaN
                      error(logits, tensors.read(LOGITS, logits.shape()), batch),
                      mergedError(tensors, batch)))
              .embeddingsError(
                  error(embeddings, tensors.read(EMBEDDINGS, embeddings.shape()), batch))
              .generationsEqual(isFinite(logits, batch) && generationsEqual(transformer));
      try (LossGradients gradients = transformer.gradients(batch)) {
        compareLosses(gradients.getLoss(), report);
        compareGradients(GradientErrors.of(named(gradients), tensors), report);
      }
      return report.build();
    }
  }

  /** Of the model that the adapter is merged into; 0 where the fixture has none. */
  private double mergedError(ExpectedTensors tensors, LatentBatch batch) throws IOException {
    if (!tensors.has(MERGED_LOGITS)) {
      return 0;
    }
    TransformerConfig plain = adapter.on(base).toBuilder().lora(null).build();
    Weights merged = adapter.merged(base, weights);
    try (LatentTransformer transformer = LatentTransformer.create(plain, merged, loop)) {
      INDArray logits = transformer.logits(batch);
      return error(logits, tensors.read(MERGED_LOGITS, logits.shape()), batch);
    }
  }

  /** Gradients by the names of the model's file, or of the adapter's. */
  private Map<String, INDArray> named(LossGradients gradients) {
    if (adapter == null) {
      return gradients.getGradients();
    }
    Map<String, INDArray> named = new LinkedHashMap<>();
    gradients
        .getGradients()
        .forEach((name, gradient) -> named.put(LoraAdapter.storedName(name), gradient));
    return named;
  }

  private void compareLosses(double loss, ParityReport.ParityReportBuilder report) {
    List<Double> only = List.of(loss);
    LossErrors errors = LossErrors.of(loss, Map.of("coconut", only, "total", only), expected);
    report
        .loss(Double.isFinite(loss) ? loss : Double.NaN)
        .lossError(errors.getLargest())
        .termErrors(errors.getTerms());
  }

  private static void compareGradients(
      GradientErrors errors, ParityReport.ParityReportBuilder report) {
    report
        .gradientError(errors.getError())
        .worstGradient(errors.getParameter())
        .gradientsPass(errors.isPass())
        .unmatchedGradients(errors.getUnmatched());
  }

  /** Largest absolute difference over real positions; arrays [B, T, ·]. */
  private static double error(INDArray actual, INDArray reference, LatentBatch batch) {
    return ArrayDifference.between(actual, reference, batch.getAttentionMask()).getLargest();
  }

  /** Logits that are no numbers have no largest one to continue with. */
  private static boolean isFinite(INDArray logits, LatentBatch batch) {
    return error(logits, logits, batch) == 0;
  }

  private boolean generationsEqual(LatentTransformer transformer) {
    List<TokenSequence> prompts =
        expected.getGreedy().stream().map(greedy -> prompt(greedy.prompt())).toList();
    GenerationOptions options =
        GenerationOptions.builder().maxNewTokens(expected.getMaxNewTokens()).build();
    List<int[]> written =
        new Generator(transformer, options, TokenListener.NONE, expected.getEosId())
            .generate(prompts);
    return IntStream.range(0, prompts.size())
        .allMatch(
            i -> Arrays.equals(written.get(i), expected.continuation(expected.getGreedy().get(i))));
  }

  private TokenSequence prompt(int[] tokens) {
    boolean[] latents = new boolean[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      latents[i] = expected.isLatent(tokens[i]);
    }
    return TokenSequence.prompt(tokens, latents);
  }
}
