package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.backend.DeviceException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lombok.Getter;
import lombok.experimental.Accessors;
import lombok.extern.slf4j.Slf4j;
import org.bytedeco.cuda.cudart.CUgraphExec_st;

/**
 * Runs lists of commands as CUDA graphs, each with a single launch. This is faster if kernels take
 * less time than their launches. A list is captured when it is run for the second time; the least
 * recently used graphs are freed beyond a limit. A graph contains addresses and numbers, so it can
 * only replace an equal list: that of a batch with the same layout and its arrays at the same
 * addresses.
 */
@Accessors(fluent = true)
@Slf4j
final class CommandGraphs {

  /** Shorter lists are not captured, since one by one they are about as fast. */
  private static final int LEAST_COMMANDS = 16;

  /** Number of lists that are remembered by their hashes, to recognise the second run. */
  private static final int MOST_SEEN = 1024;

  private final DriverGpu gpu;

  /** Most graphs to keep; 0 for none. */
  private int most;

  /** Number of launches of graphs. */
  @Getter private long launches;

  private final Map<List<GpuCommand>, CUgraphExec_st> graphs = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<Integer, Integer> seen = new LinkedHashMap<>(16, 0.75f, true);

  CommandGraphs(DriverGpu gpu, int most) {
    this.gpu = gpu;
    this.most = most;
  }

  /** Sets the most graphs to keep; 0 for none. */
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
    log.warn("Kernels are launched one by one from here on: {}", reason.getMessage());
    keep(0);
  }

  /** The graph of a list, or null if the list is to be run command by command. */
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

  /** Whether a list, or one with the same hash, was run before. Records this run. */
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

  /** Removes and returns the least recently used entry if there are more than {@code most}. */
  private static <K, V> V removeOldest(Map<K, V> map, int most) {
    return map.size() <= most ? null : map.remove(map.keySet().iterator().next());
  }
}
