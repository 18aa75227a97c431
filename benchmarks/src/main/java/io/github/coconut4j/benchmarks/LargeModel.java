package io.github.coconut4j.benchmarks;

import static io.github.coconut4j.benchmarks.InterleavedRounds.time;

import io.github.coconut4j.bench.BenchBatches;
import io.github.coconut4j.bench.BenchSizes;
import io.github.coconut4j.bench.NeededArithmetic;
import io.github.coconut4j.bench.PeakMemory;
import io.github.coconut4j.model.LoraAdapter;
import io.github.coconut4j.model.LoraConfig;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.CpuThreads;
import io.github.coconut4j.model.dropout.DropoutRates;
import io.github.coconut4j.model.latent.Decoder;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.train.AdamW;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lombok.RequiredArgsConstructor;

/** Compares the speed of a model with bfloat16 weights with the machine's limits. */
@RequiredArgsConstructor
final class LargeModel {

  /** Tokens of a prompt, and decoded in a round. */
  private static final int PROMPT = 16;

  private static final int TOKENS = 8;

  /** Rows of the product that shows the machine's matrix peak. */
  private static final long ROWS = 2048;

  private static final int RANK = 16;
  private static final double WEIGHT_DECAY = 0.01;

  private final Path directory;
  private final BenchSizes sizes;
  private final InterleavedRounds rounds;

  private Weights open(Map<String, Object> results) throws IOException {
    Path file = directory.resolve("model.safetensors");
    results.put("file_mib", Files.size(file) >> 20);
    Weights[] opened = new Weights[1];
    double milliseconds =
        time(
            () -> {
              try {
                opened[0] = Weights.read(directory, config(), name -> true);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    results.put("open_seconds", milliseconds / 1e3);
    return opened[0];
  }

  private TransformerConfig config() {
    return sizes.config();
  }

  /** Decoding one sequence and eight, against reading as many bytes. */
  Map<String, Object> decoding(Precision precision) throws IOException {
    Map<String, Object> results = new LinkedHashMap<>();
    Weights weights = open(results);
    double bytes =
        weights.asMap().values().stream()
            .mapToDouble(array -> array.length() * (double) array.dataType().width())
            .sum();
    try (LatentTransformer model =
        LatentTransformer.create(
            config(), weights, LatentLoops.FUSED.backend(), precision, precision)) {
      decode(model, 1);
      decode(model, 8);
      results.put("decode_peak_mib", PeakMemory.mebibytes());
      ReadStream stream = new ReadStream(CpuThreads.count());
      List<double[]> medians =
          rounds.medians(
              List.of(
                  () -> new double[] {time(stream::read)},
                  () -> new double[] {decode(model, 1)},
                  () -> new double[] {decode(model, 8)}));
      double rate = stream.bytes() / medians.get(0)[0] / 1e6;
      results.put("stream_gb_s", rate);
      for (int i = 1; i <= 2; i++) {
        String batch = i == 1 ? "batch_1" : "batch_8";
        results.put(batch + "_ms", medians.get(i)[0]);
        results.put(batch + "_gb_s", bytes / medians.get(i)[0] / 1e6);
        results.put(batch + "_share", bytes / medians.get(i)[0] / 1e6 / rate);
      }
    }
    return results;
  }

  /** Milliseconds of a token. */
  private double decode(LatentTransformer model, int batch) {
    BenchSizes prompt =
        sizes.withRows(batch).withQuestion(PROMPT).withLatents(0).withNewTokens(TOKENS);
    int[] ids = new int[batch];
    Arrays.fill(ids, 1);
    try (Decoder decoder = model.decoder(BenchBatches.prompts(prompt), TOKENS)) {
      return time(
              () -> {
                for (int i = 0; i < TOKENS; i++) {
                  decoder.advance(ids);
                  decoder.logits();
                }
              })
          / TOKENS;
    }
  }

  /** A training step of adapters of all linear layers, against bare products in bfloat16. */
  Map<String, Object> step() throws IOException {
    Map<String, Object> results = new LinkedHashMap<>();
    Weights weights = open(results);
    LoraConfig lora =
        LoraConfig.builder().r(RANK).loraAlpha(2 * RANK).targetPattern("all-linear").build();
    LoraAdapter adapter = LoraAdapter.initial(lora, config(), weights, 1);
    LatentBatch batch = BenchBatches.training(sizes);
    try (LatentTransformer model =
            LatentTransformer.create(
                adapter.on(config()),
                adapter.on(config(), weights),
                LatentLoops.FUSED,
                Precision.BF16);
        AdamW optimizer = AdamW.of(model, WEIGHT_DECAY);
        Products products =
            new Products(Precision.BF16, ROWS, config().innerSize(), config().getNEmbd())) {
      TrainingStep step = new TrainingStep(model, optimizer, batch, DropoutRates.NONE);
      step.timeParts();
      results.put("step_peak_mib", PeakMemory.mebibytes());
      List<double[]> medians =
          rounds.medians(
              List.<InterleavedRounds.Work>of(
                  step, () -> new double[] {time(products::together), time(products::apart)}));
      double peak = products.operations() / Math.min(medians.get(1)[0], medians.get(1)[1]) / 1e6;
      // Forward and the inputs' gradients: the weights have none.
      double needed = new NeededArithmetic(sizes).trainingOperations() * 2 / 3;
      double[] parts = medians.get(0);
      results.put("forward_ms", parts[0]);
      results.put("step_ms", TrainingStep.ofStep(parts));
      results.put("step_gflop", needed / 1e9);
      results.put("peak_gflops", peak);
      results.put("step_share", needed / TrainingStep.ofStep(parts) / 1e6 / peak);
    }
    return results;
  }
}
