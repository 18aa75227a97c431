package io.github.coconut4j.benchmarks;

import io.github.coconut4j.bench.BenchShape;
import io.github.coconut4j.cli.ThreadsOption;
import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.model.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Measures a large model whose weights are in bfloat16: opening, decoding, a step with adapters.
 */
@Command(
    name = "large-model",
    description =
        "Measure opening, decoding and a LoRA step of a random model in bfloat16; one JSON object.")
final class LargeModelCommand implements Callable<Integer> {

  /** What is measured; each in a process of its own, since memory is counted. */
  enum Part {
    WRITE,
    DECODE,
    STEP
  }

  @Spec private CommandSpec spec;

  @Mixin private ThreadsOption threads;

  @Option(
      names = "--shape",
      defaultValue = "llama-1b",
      converter = ShapeConverter.class,
      completionCandidates = ShapeConverter.class,
      description = "Of ${COMPLETION-CANDIDATES}.")
  private BenchShape shape;

  @Option(names = "--part", required = true, description = "Of ${COMPLETION-CANDIDATES}.")
  private Part part;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR",
      description = "Where the model is; `write` writes it there.")
  private Path directory;

  @Option(
      names = "--tokenizer",
      paramLabel = "DIR",
      description = "Directory of a tokenizer that `write` copies to the model, for `generate`.")
  private Path tokenizer;

  @Option(
      names = "--precision",
      defaultValue = "float32",
      description = "Precision of decoding's products: ${COMPLETION-CANDIDATES}.")
  private Precision precision;

  @Option(names = "--rounds", defaultValue = "7", description = "Rounds counted.")
  private int rounds;

  @Override
  public Integer call() throws IOException {
    threads.apply();
    if (part == Part.WRITE) {
      RandomModel.write(directory, shape.getSizes().config(), tokenizer);
      return 0;
    }
    if (!Files.isDirectory(directory)) {
      throw new IllegalArgumentException(
          "--model needs a directory that --part write has written but is " + directory + ".");
    }
    LargeModel model =
        new LargeModel(directory, shape.getSizes(), new InterleavedRounds(rounds, 1));
    new JsonLines(spec.commandLine().getOut())
        .print(part == Part.DECODE ? model.decoding(precision) : model.step());
    return 0;
  }
}
