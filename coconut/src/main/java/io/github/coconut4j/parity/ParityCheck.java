package io.github.coconut4j.parity;

import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.Generator;
import io.github.coconut4j.generate.TokenListener;
import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.LossGradients;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Runs a fixture's batch and prompts and compares losses, logits, embeddings, latents, gradients
 * and greedy continuations with those of another implementation.
 */
public final class ParityCheck {

  private static final String MERGED_LOGITS = "merged_logits";

  private final Path fixture;
  private final LatentLoops loop;
  private final ParityCase expected;
  private final FixtureModel model;
  private final FixtureObjective objective;

  private ParityCheck(Path fixture, Path adapterDirectory, LatentLoops loop) throws IOException {
    this.fixture = fixture;
    this.loop = loop;
    expected = ParityCase.read(fixture);
    model = new FixtureModel(fixture, expected, adapterDirectory, loop);
    objective = new FixtureObjective(fixture, expected);
  }

  /**
   * Compares.
   *
   * @param fixture a directory with {@code case.json}, {@code config.json}, {@code
   *     model.safetensors} and {@code expected.safetensors}
   * @throws IllegalArgumentException if it is not such a directory, or its content is incomplete or
   *     of the wrong shapes
   */
  public static ParityReport run(Path fixture, LatentLoops loop) throws IOException {
    return run(fixture, null, loop);
  }

  /**
   * Compares a model with an adapter.
   *
   * @param adapter the adapter's directory, or null for the fixture's own, if any
   * @throws IllegalArgumentException as {@link #run(Path, LatentLoops)}, or if the adapter does not
   *     belong to the fixture's model
   */
  public static ParityReport run(Path fixture, Path adapter, LatentLoops loop) throws IOException {
    return new ParityCheck(fixture, adapter, loop).run();
  }

  private Set<String> outputs() {
    Set<String> outputs = new LinkedHashSet<>(FixtureOutputs.names(expected));
    if (model.hasAdapter()) {
      outputs.add(MERGED_LOGITS);
    }
    return outputs;
  }

  private ParityReport run() throws IOException {
    LatentBatch batch = objective.batches().whole();
    try (LatentTransformer transformer = model.transformer();
        ExpectedTensors tensors = ExpectedTensors.open(fixture, outputs())) {
      FixtureOutputs outputs = new FixtureOutputs(expected, objective.batches(), tensors);
      double logits = outputs.logitsError(transformer);
      ParityReport.ParityReportBuilder report =
          ParityReport.builder()
              .fixture(fixture.toString())
              .loop(loop.name().toLowerCase(Locale.ROOT))
              .logitsError(Math.max(logits, mergedError(tensors, batch))) // keeps NaN
              .embeddingsError(outputs.embeddingsError(transformer))
              .latentsError(outputs.latentsError(transformer, model))
              .generationsEqual(outputs.isFinite(transformer) && generationsEqual(transformer));
      try (LossGradients gradients = transformer.gradients(batch, objective.objective())) {
        compareLosses(gradients.getLoss(), transformer, report);
        Map<String, INDArray> named = model.named(gradients.getGradients(), tensors.parameters());
        objective.addUnreached(named);
        compareGradients(GradientErrors.of(named, tensors), report);
      }
      return report.build();
    }
  }

  /** The error of the model with the adapter merged in; 0 if the fixture has no adapter. */
  private double mergedError(ExpectedTensors tensors, LatentBatch batch) throws IOException {
    if (!tensors.has(MERGED_LOGITS)) {
      return 0;
    }
    try (LatentTransformer transformer = model.merged()) {
      INDArray logits = transformer.logits(batch);
      INDArray reference = tensors.read(MERGED_LOGITS, logits.shape());
      return ArrayDifference.between(logits, reference, batch.getAttentionMask()).getLargest();
    }
  }

  private void compareLosses(
      double loss, LatentTransformer transformer, ParityReport.ParityReportBuilder report) {
    Map<String, List<Double>> terms =
        expected.getLosses() == null ? Map.of() : objective.terms(transformer, loss);
    LossErrors errors = LossErrors.of(loss, terms, expected);
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

  private boolean generationsEqual(LatentTransformer transformer) {
    List<TokenSequence> prompts =
        expected.getGreedy().stream().map(greedy -> prompt(greedy.prompt())).toList();
    GenerationOptions options =
        GenerationOptions.builder()
            .maxNewTokens(expected.getMaxNewTokens())
            .excludedTokens(expected.getGreedyExcludedIds())
            .build();
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
