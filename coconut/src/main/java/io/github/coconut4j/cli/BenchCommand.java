package io.github.coconut4j.cli;

import io.github.coconut4j.bench.BenchResult;
import io.github.coconut4j.bench.BenchShape;
import io.github.coconut4j.bench.Benchmark;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.backend.CpuThreads;
import io.github.coconut4j.model.internal.Arguments;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code bench}, which times fixed shapes. */
@Command(
    name = "bench",
    description = "Time a training step and a batched generation; medians in milliseconds.")
final class BenchCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--shape",
      arity = "1..*",
      required = true,
      paramLabel = "NAME",
      completionCandidates = ShapeNames.class,
      description = "One of ${COMPLETION-CANDIDATES}.")
  private List<String> shapes;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "8",
      description = "Measured training steps.")
  private int steps;

  @Option(names = "--rows", paramLabel = "N", description = "Batch size (default: the shape's).")
  private Integer rows;

  @Mixin private DeviceOption device;

  @Mixin private ThreadsOption threads;

  @Mixin private LoopOption loop;

  @Option(
      names = "--precision",
      paramLabel = "PRECISION",
      defaultValue = "float32",
      description = "Precision of products: float32 or bf16.")
  private Precision precision;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      defaultValue = "0",
      description = "Dropout rate of the training step.")
  private double dropout;

  @Option(names = "--json", description = "Print JSON, one object per line.")
  private boolean json;

  /** The values of {@code --shape}. */
  static final class ShapeNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Stream.of(BenchShape.values()).map(BenchShape::toString).iterator();
    }
  }

  @Override
  public Integer call() throws IOException {
    requireOptions();
    device.apply();
    threads.apply();
    String version = String.join(" ", new VersionProvider().getVersion());
    PrintWriter output = spec.commandLine().getOut();
    TextTable table = new TextTable("shape", "loop", "step ms", "generation ms", "tokens/s", "MiB");
    for (BenchShape shape : parsedShapes()) {
      BenchResult result =
          new Benchmark(shape, rows, loop.getChosen(), precision, dropout, CpuThreads.count())
              .run(steps, version);
      if (json) {
        new JsonLines(output).print(result);
      } else {
        addTo(table, result);
      }
    }
    if (!json) {
      output.print(table);
    }
    output.flush();
    return 0;
  }

  private void requireOptions() {
    Arguments.requireAtLeast(steps, 1, "--steps");
    if (rows != null) {
      Arguments.requireAtLeast(rows, 1, "--rows");
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw ConfigException.of(
          "--dropout", "a probability of at least 0 and below 1", dropout, "Correct it.");
    }
  }

  private List<BenchShape> parsedShapes() {
    List<BenchShape> parsed = new ArrayList<>();
    for (String name : shapes) {
      parsed.add(
          Stream.of(BenchShape.values())
              .filter(shape -> shape.toString().equalsIgnoreCase(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      ConfigException.of(
                          "--shape",
                          "one of " + String.join(", ", new ShapeNames()),
                          name,
                          "Correct it.")));
    }
    return parsed;
  }

  private static void addTo(TextTable table, BenchResult result) {
    table.row(
        result.getShape(),
        result.getLoop(),
        decimal(result.getTrainStepMs()),
        decimal(result.getGenerateMs()),
        decimal(result.getGenerateTokensPerSecond()),
        result.getPeakRssMb() == null ? "-" : result.getPeakRssMb().toString());
  }

  private static String decimal(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
