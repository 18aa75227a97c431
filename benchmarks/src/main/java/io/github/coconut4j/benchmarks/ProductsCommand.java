package io.github.coconut4j.benchmarks;

import io.github.coconut4j.bench.BenchShape;
import io.github.coconut4j.cli.ThreadsOption;
import io.github.coconut4j.json.JsonLines;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures the rates that a training step's is compared with. */
@Command(
    name = "products",
    description = "Measure bare matrix products of a shape's size; one JSON object a line.")
final class ProductsCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private ThreadsOption threads;

  @Option(
      names = "--shape",
      arity = "1..*",
      required = true,
      converter = ShapeConverter.class,
      completionCandidates = ShapeConverter.class,
      description = "Of ${COMPLETION-CANDIDATES}.")
  private List<BenchShape> shapes;

  @Option(names = "--rounds", defaultValue = "15", description = "Products counted of each kind.")
  private int rounds;

  @Override
  public Integer call() {
    threads.apply();
    InterleavedRounds measured = new InterleavedRounds(rounds, 1);
    JsonLines output = new JsonLines(spec.commandLine().getOut());
    for (BenchShape shape : shapes) {
      output.print(ProductRate.measure(shape, measured));
    }
    return 0;
  }
}
