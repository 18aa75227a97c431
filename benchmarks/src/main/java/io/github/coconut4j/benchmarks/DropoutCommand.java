package io.github.coconut4j.benchmarks;

import io.github.coconut4j.bench.BenchBatches;
import io.github.coconut4j.bench.BenchShape;
import io.github.coconut4j.cli.ThreadsOption;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.dropout.DropoutRates;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.race.RaceFile;
import io.github.coconut4j.train.AdamW;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.commons.io.FileUtils;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Compares a training step with dropout with one without. */
@Command(
    name = "dropout",
    description = {
      "Time a training step with dropout and one without, of the same model on the same batch.",
      "Medians of interleaved rounds in milliseconds, and their ratio; one JSON object a line.",
      "cpu_ratio compares the processors' time: of use on a busy machine, with one thread."
    })
final class DropoutCommand implements Callable<Integer> {

  private static final double WEIGHT_DECAY = 0.01;

  @Spec private CommandSpec spec;

  @Mixin private ThreadsOption threads;

  @Option(
      names = "--shape",
      arity = "1..*",
      split = ",",
      defaultValue = "tiny,prosqa-small,superposition,gpt2",
      converter = ShapeConverter.class,
      completionCandidates = ShapeConverter.class,
      description = "Of ${COMPLETION-CANDIDATES}.")
  private List<BenchShape> shapes;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A training configuration, in place of shapes.")
  private Path config;

  @Option(names = "--rate", defaultValue = "0.1", description = "What is dropped, in [0, 1).")
  private double rate;

  @Mixin private RoundsOptions rounds;

  @Override
  public Integer call() throws IOException {
    threads.apply();
    if (config != null) {
      measureConfig();
      return 0;
    }
    for (BenchShape shape : shapes) {
      measure(shape);
    }
    return 0;
  }

  private void measure(BenchShape shape) {
    TransformerConfig transformer = shape.getSizes().config();
    LatentBatch batch = BenchBatches.training(shape.getSizes());
    try (LatentTransformer model =
            LatentTransformer.create(
                transformer, Weights.initial(transformer, 0), LatentLoops.FUSED);
        AdamW optimizer = AdamW.of(model, WEIGHT_DECAY)) {
      TrainingStep without = new TrainingStep(model, optimizer, batch, DropoutRates.NONE);
      TrainingStep with =
          new TrainingStep(model, optimizer, batch, DropoutRates.of(transformer, rate));
      compare(shape.toString(), without::step, with::step);
    }
  }

  private void measureConfig() throws IOException {
    TrainingConfig base = RaceFile.read(config).getEntries().get(0).getConfig();
    Path directory = Files.createTempDirectory("dropout");
    try (MethodStep without = step(base, 0, directory.resolve("without"));
        MethodStep with = step(base, rate, directory.resolve("with"))) {
      compare(config.toString(), without::step, with::step);
    } finally {
      FileUtils.deleteDirectory(directory.toFile());
    }
  }

  private static MethodStep step(TrainingConfig base, double rate, Path directory)
      throws IOException {
    return new MethodStep(base.toBuilder().dropout(rate).build(), directory);
  }

  private void compare(String subject, Runnable without, Runnable with) {
    List<double[]> medians =
        rounds
            .interleaved()
            .medians(
                List.of(
                    () -> ProcessorTime.timeParts(without), () -> ProcessorTime.timeParts(with)));
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("subject", subject);
    line.put("step_ms", medians.get(0)[0]);
    line.put("step_with_dropout_ms", medians.get(1)[0]);
    line.put("ratio", medians.get(1)[0] / medians.get(0)[0]);
    line.put("cpu_ratio", medians.get(1)[1] / medians.get(0)[1]);
    new JsonLines(spec.commandLine().getOut()).print(line);
  }
}
