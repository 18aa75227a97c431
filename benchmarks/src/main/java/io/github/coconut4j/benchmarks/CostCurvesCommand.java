package io.github.coconut4j.benchmarks;

import io.github.coconut4j.bench.BenchShape;
import io.github.coconut4j.cli.ThreadsOption;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.report.MachineDescription;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures how a step's cost grows. */
@Command(
    name = "cost-curves",
    description = {
      "Time a training step against the number of latents, the question's length and the batch.",
      "Medians of interleaved rounds, in milliseconds."
    })
final class CostCurvesCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private ThreadsOption threads;

  @Option(
      names = "--shape",
      defaultValue = "prosqa-small",
      converter = ShapeConverter.class,
      completionCandidates = ShapeConverter.class,
      description = "Where the curves start: ${COMPLETION-CANDIDATES}.")
  private BenchShape shape;

  @Option(names = "--loop", defaultValue = "fused", description = "${COMPLETION-CANDIDATES}.")
  private LatentLoops loop;

  @Mixin private RoundsOptions rounds;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Gets cost-curves.jsonl and a PNG image for each curve.")
  private Path directory;

  @Override
  public Integer call() throws IOException {
    threads.apply();
    List<CurvePoint> points = new CostCurves(shape, loop).measure(rounds.interleaved());
    List<LatentCost> costs = LatentCost.of(points);
    print(points, costs);
    AtomicFile.write(
        directory.resolve("cost-curves.jsonl"),
        Stream.concat(points.stream(), costs.stream())
            .map(JsonLines::line)
            .collect(Collectors.joining()));
    CurveCharts.write(points, directory);
    return 0;
  }

  private void print(List<CurvePoint> points, List<LatentCost> costs) throws IOException {
    PrintWriter output = spec.commandLine().getOut();
    output.println(MachineDescription.text());
    Curve printed = null;
    for (CurvePoint point : points) {
      if (point.curve() != printed) {
        printed = point.curve();
        output.printf(
            "%n%-28s %9s %9s %9s %9s%n",
            printed.quantity(), "forward", "gradients", "AdamW", "step");
      }
      output.println(line(point));
    }
    output.printf(
        "%n%-10s %10s %14s %10s %15s%n",
        "cost of", "a latent", "position pass", "a token", "question pass");
    costs.forEach(cost -> output.println(line(cost)));
  }

  private static String line(CurvePoint point) {
    return String.format(
        Locale.ROOT,
        "%-28d %9.2f %9.2f %9.2f %9.2f",
        point.value(),
        point.forward(),
        point.gradients(),
        point.update(),
        point.step());
  }

  private static String line(LatentCost cost) {
    return String.format(
        Locale.ROOT,
        "%-10s %10.2f %14.2f %10.2f %15.2f",
        cost.part(),
        cost.latent(),
        cost.positionPass(),
        cost.token(),
        cost.questionPass());
  }
}
