package io.github.coconut4j.parity;

import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.Generator;
import io.github.coconut4j.generate.TokenListener;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.LossGradients;
import io.github.coconut4j.model.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Runs a fixture's batch and prompts and compares loss, logits, embeddings, gradients and greedy
 * continuations with those that another implementation computed.
 */
public final class ParityCheck {

  private static final String GRADIENT = "grad.";

  private final Path fixture;
  private final LatentLoops loop;
  private final ParityCase expected;

  private ParityCheck(Path fixture, LatentLoops loop) throws IOException {
    this.fixture = fixture;
    this.loop = loop;
    this.expected = ParityCase.read(fixture);
  }

  /**
   * Compares.
   *
   * @param fixture a directory with {@code case.json}, {@code config.json}, {@code
   *     model.safetensors} and {@code expected.safetensors}
   * @throws IllegalArgumentException if it is no such directory
   */
  public static ParityReport run(Path fixture, LatentLoops loop) throws IOException {
    return new ParityCheck(fixture, loop).run();
  }

  private ParityReport run() throws IOException {
    TransformerConfig config = TransformerConfig.read(fixture);
    Weights weights = Weights.read(fixture, config);
    LatentBatch batch = expected.batch();
    try (LatentTransformer transformer = LatentTransformer.create(config, weights, loop);
        SafetensorsFile tensors = SafetensorsFile.open(fixture.resolve("expected.safetensors"))) {
      ParityReport.ParityReportBuilder report =
          ParityReport.builder()
              .fixture(fixture.toString())
              .loop(loop.name().toLowerCase(Locale.ROOT))
              .logitsError(realError(transformer.logits(batch), tensors.read("logits")))
              .embeddingsError(
                  realError(transformer.inputEmbeddings(batch), tensors.read("inputs_embeds")))
              .generationsEqual(generationsEqual(transformer));
      compareGradients(transformer, batch, tensors, report);
      return report.build();
    }
  }

  private void compareGradients(
      LatentTransformer transformer,
      LatentBatch batch,
      SafetensorsFile tensors,
      ParityReport.ParityReportBuilder report)
      throws IOException {
    try (LossGradients gradients = transformer.gradients(batch)) {
      report
          .loss(gradients.getLoss())
          .lossError(Math.abs(gradients.getLoss() - expected.getLoss()));
      double worst = -1;
      for (Map.Entry<String, INDArray> gradient : gradients.getGradients().entrySet()) {
        INDArray reference = tensors.read(GRADIENT + gradient.getKey());
        double error = relativeError(gradient.getValue(), reference);
        if (!(error <= worst)) {
          worst = error;
          report.gradientError(error).worstGradient(gradient.getKey());
        }
      }
    }
  }

  /** Absolute where the reference is zero throughout. */
  private static double relativeError(INDArray actual, INDArray reference) {
    double magnitude = reference.amaxNumber().doubleValue();
    double error = actual.sub(reference).amaxNumber().doubleValue();
    return magnitude == 0 ? error : error / magnitude;
  }

  /** Largest absolute difference over real positions; arrays [B, T, ·]. */
  private double realError(INDArray actual, INDArray reference) {
    if (!Arrays.equals(actual.shape(), reference.shape())) {
      throw new IllegalArgumentException(
          "The fixture's tensors need shape "
              + Arrays.toString(actual.shape())
              + " but have "
              + Arrays.toString(reference.shape())
              + ". Make the fixture again.");
    }
    double worst = 0;
    int[][] mask = expected.getAttentionMask();
    for (int row = 0; row < mask.length; row++) {
      for (int column = 0; column < mask[row].length; column++) {
        if (mask[row][column] == 1) {
          INDArray difference =
              actual.slice(row).slice(column).sub(reference.slice(row).slice(column));
          worst = largest(worst, difference.amaxNumber().doubleValue());
        }
      }
    }
    return worst;
  }

  /** Math.max, but a NaN stays visible. */
  private static double largest(double worst, double error) {
    return Double.isNaN(error) || error > worst ? error : worst;
  }

  private boolean generationsEqual(LatentTransformer transformer) {
    List<TokenSequence> prompts =
        expected.getGreedy().stream().map(greedy -> prompt(greedy.prompt())).toList();
    GenerationOptions options =
        GenerationOptions.builder().maxNewTokens(expected.getMaxNewTokens()).build();
    List<int[]> written =
        new Generator(transformer, expected.getEosId())
            .generate(prompts, options, TokenListener.NONE);
    return IntStream.range(0, prompts.size())
        .allMatch(i -> Arrays.equals(written.get(i), continuation(expected.getGreedy().get(i))));
  }

  private TokenSequence prompt(int[] tokens) {
    boolean[] latents = new boolean[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      latents[i] = expected.isLatent(tokens[i]);
    }
    return TokenSequence.prompt(tokens, latents);
  }

  /** What follows the prompt up to the first end-of-sequence token. */
  private int[] continuation(ParityCase.Greedy greedy) {
    return IntStream.of(greedy.tokens())
        .skip(greedy.prompt().length)
        .limit(expected.getMaxNewTokens())
        .takeWhile(token -> token != expected.getEosId())
        .toArray();
  }
}
