package io.github.coconut4j.analyze;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import io.github.coconut4j.analyze.path.PathClass;
import io.github.coconut4j.analyze.tree.SearchTree;
import io.github.coconut4j.analyze.tree.TreeNode;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.model.internal.Arguments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** Writes the numbers of an analysis: {@code analysis.json}, and a CSV for each figure. */
public final class AnalysisFiles {

  /**
   * Number of trees per data set that {@code analysis.json} and the report show; the largest ones
   * are shown.
   */
  public static final int SHOWN_TREES = 4;

  private static final JsonMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private static final CsvMapper CSV = new CsvMapper();

  private final Path directory;
  private final Analysis analysis;

  private AnalysisFiles(Path directory, Analysis analysis) {
    this.directory = directory;
    this.analysis = analysis;
  }

  /**
   * Writes or replaces the files.
   *
   * @param directory created if it is missing
   * @throws IOException if they cannot be written
   */
  public static void write(Path directory, Analysis analysis) throws IOException {
    Arguments.requireNonNull(directory, "directory", "Name the directory to write.");
    Arguments.requireNonNull(analysis, "analysis", "Make one with Analyzer.");
    AnalysisFiles files = new AnalysisFiles(directory, analysis);
    files.writeJson();
    files.writeTable("accuracy", data -> data.getForced().stream().map(AnalysisFiles::accuracy));
    files.writeTable("path-classes", AnalysisFiles::classes);
    files.writeTable("parallelism", data -> data.getParallelism().stream().map(AnalysisFiles::row));
    files.writeTable("value-by-height", data -> data.getHeights().stream().map(AnalysisFiles::row));
    files.writeTable("causal", data -> data.getCausal().stream().map(AnalysisFiles::row));
    files.writeTable("similarity", data -> data.getSimilarities().stream().map(AnalysisFiles::row));
    files.writeTable("readings", data -> data.getReadings().stream().map(AnalysisFiles::row));
    files.writeTable("search-tree", AnalysisFiles::nodes);
  }

  private void writeJson() throws IOException {
    List<DataAnalysis> shortened =
        analysis.getData().stream().map(data -> data.withLargestTrees(SHOWN_TREES)).toList();
    Analysis shown =
        new Analysis(
            analysis.getModel(), analysis.getTrainedThoughts(), analysis.getSeed(), shortened);
    AtomicFile.write(
        directory.resolve("analysis.json"),
        JSON.writerWithDefaultPrettyPrinter().writeValueAsString(shown) + "\n");
  }

  /** Writes no file for a figure without numbers, such as the cosines of a single thought. */
  private void writeTable(String name, Function<DataAnalysis, Stream<ObjectNode>> rows)
      throws IOException {
    List<ObjectNode> table = new ArrayList<>();
    for (DataAnalysis data : analysis.getData()) {
      rows.apply(data)
          .map(row -> JSON.createObjectNode().put("data", data.getData()).<ObjectNode>setAll(row))
          .forEach(table::add);
    }
    Path file = directory.resolve(name + ".csv");
    if (!table.isEmpty()) {
      AtomicFile.write(file, csv(table));
    } else if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      Files.delete(file);
    } else if (Files.exists(file)) { // a link is kept, but its old content must not be
      AtomicFile.write(file, "");
    }
  }

  private static String csv(List<ObjectNode> table) throws JsonProcessingException {
    CsvSchema.Builder columns = CsvSchema.builder();
    table.get(0).fieldNames().forEachRemaining(columns::addColumn);
    return CSV.writer(columns.build().withHeader()).writeValueAsString(table);
  }

  private static ObjectNode row(Object object) {
    return JSON.valueToTree(object);
  }

  private static ObjectNode accuracy(ForcedThoughts forced) {
    return row(forced).without(List.of("written", "completed"));
  }

  private static Stream<ObjectNode> classes(DataAnalysis data) {
    return data.getForced().stream()
        .flatMap(forced -> Stream.of(PathClass.values()).map(one -> classRow(forced, one)));
  }

  private static ObjectNode classRow(ForcedThoughts forced, PathClass one) {
    return JSON.createObjectNode()
        .put("thoughts", forced.getThoughts())
        .put("class", one.key())
        .put("problems", forced.getProblems())
        .put("written", forced.getWritten().get(one))
        .put("completed", forced.getCompleted().get(one));
  }

  private static Stream<ObjectNode> nodes(DataAnalysis data) {
    List<ObjectNode> rows = new ArrayList<>();
    for (SearchTree tree : data.getTrees()) {
      for (int level = 1; level <= tree.getLevels().size(); level++) {
        for (TreeNode node : tree.getLevels().get(level - 1)) {
          rows.add(nodeRow(tree.getProblem(), tree.thoughts(level), node));
        }
      }
    }
    return rows.stream();
  }

  private static ObjectNode nodeRow(int problem, int thoughts, TreeNode node) {
    ObjectNode values = row(node);
    values.put("parents", String.join(" ", node.getParents()));
    ObjectNode row = JSON.createObjectNode().put("problem", problem).put("thoughts", thoughts);
    return row.setAll(values);
  }
}
