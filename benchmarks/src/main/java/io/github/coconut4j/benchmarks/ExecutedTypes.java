package io.github.coconut4j.benchmarks;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jacoco.agent.rt.RT;
import org.jacoco.core.data.ExecutionDataReader;

/** The library's types of which something was executed, as JaCoCo's agent has noted them. */
final class ExecutedTypes {

  private static final Pattern ANONYMOUS = Pattern.compile(".*\\$\\d+$");

  private static final String BENCHMARKS = "io/github/coconut4j/benchmarks/";

  private ExecutedTypes() {}

  /** Forgets what was executed so far. */
  static void reset() {
    RT.getAgent().reset();
  }

  /** Types executed since the last reset; nested ones count, anonymous ones and lambdas do not. */
  static SortedSet<String> sinceReset() throws IOException {
    SortedSet<String> types = new TreeSet<>();
    ExecutionDataReader reader =
        new ExecutionDataReader(new ByteArrayInputStream(RT.getAgent().getExecutionData(false)));
    reader.setSessionInfoVisitor(session -> {});
    reader.setExecutionDataVisitor(
        data -> {
          String name = data.getName();
          if (data.hasHits()
              && !name.startsWith(BENCHMARKS)
              && !ANONYMOUS.matcher(name).matches()) {
            types.add(name.replace('/', '.'));
          }
        });
    reader.read();
    return types;
  }
}
