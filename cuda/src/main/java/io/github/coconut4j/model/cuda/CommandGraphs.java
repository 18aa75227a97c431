package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.backend.DeviceException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lombok.Getter;
import lombok.experimental.Accessors;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists of commands as CUDA graphs, each launched in one call: where a step's kernels are short,
 * launching them one by one takes longer than they do. A list that comes a second time is captured;
 * those that were not used for the longest time make room for others. A graph holds the commands'
 * addresses and numbers, so that it serves the same list alone, which is a batch of the same layout
 * with its arrays in the same places.
 */
@Accessors(fluent = true)
final class CommandGraphs {

  private static final Logger LOG = LoggerFactory.getLogger(CommandGraphs.class);

  /** Shorter lists are launched about as fast one by one. */
  private static final int LEAST_COMMANDS = 16;

  /** Lists that are remembered, by their hashes, until they come again. */
  private static final int MOST_SEEN = 1024;

  private final DriverGpu gpu;

  /** How many are kept; 0 where there are to be none. */
  private int most;

  /** How often one was launched. */
  @Getter private long launches;

  private final Map<List<GpuCommand>, CUgraphExec_st> graphs = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<Integer, Integer> seen = new LinkedHashMap<>(16, 0.75f, true);

  CommandGraphs(DriverGpu gpu, int most) {
    this.gpu = gpu;
    this.most = most;
  }

  /** Sets how many are kept; 0 for none. */
  void keep(int newMost) {
    most = newMost;
    trim();
  }

  /** Runs commands in order. */
  void run(List<GpuCommand> commands) {
    CUgraphExec_st graph = commands.size() < LEAST_COMMANDS || most == 0 ? null : graph(commands);
    if (graph == null || !launched(graph)) {
      commands.forEach(command -> command.run(gpu));
    }
  }

  /** Launches a graph; false if the GPU has no memory for it, in which case nothing was run. */
  private boolean launched(CUgraphExec_st graph) {
    try {
      gpu.launch(graph);
      launches++;
      return true;
    } catch (OutOfMemoryError e) {
      giveUp(e);
      return false;
    }
  }

  private void giveUp(Throwable reason) {
    LOG.warn("Kernels are launched one by one from here on: {}", reason.getMessage());
    keep(0);
  }

  /** The graph of a list; null where it is not to have one. */
  private CUgraphExec_st graph(List<GpuCommand> commands) {
    CUgraphExec_st known = graphs.get(commands);
    if (known != null || !cameBefore(commands)) {
      return known;
    }
    try {
      CUgraphExec_st made = gpu.capture(commands);
      graphs.put(commands, made);
      trim();
      return made;
    } catch (DeviceException | OutOfMemoryError e) {
      giveUp(e);
      return null;
    }
  }

  /** Whether a list, or one with the same hash, was run before; it counts as run from now on. */
  private boolean cameBefore(List<GpuCommand> commands) {
    boolean before = seen.put(commands.hashCode(), commands.size()) != null;
    removeOldest(seen, MOST_SEEN);
    return before;
  }

  private void trim() {
    for (CUgraphExec_st oldest = removeOldest(graphs, most);
        oldest != null;
        oldest = removeOldest(graphs, most)) {
      gpu.destroy(oldest);
    }
  }

  /** What was used least recently, if there are more than so many. */
  private static <K, V> V removeOldest(Map<K, V> map, int most) {
    return map.size() <= most ? null : map.remove(map.keySet().iterator().next());
  }
}
