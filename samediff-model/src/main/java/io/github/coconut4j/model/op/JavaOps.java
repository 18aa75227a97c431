package io.github.coconut4j.model.op;

import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.InferenceFactory;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.InferenceSession;
import org.nd4j.imports.converters.ImportClassMapping;

/** Registers this library's ops with SameDiff, through its public hooks. */
public final class JavaOps {

  private static boolean registered;

  private JavaOps() {}

  /**
   * Registers the ops, so that SameDiff can run, differentiate, save and load graphs that contain
   * them. Building such a graph registers them; call this before loading one from a file.
   */
  public static synchronized void register() {
    if (registered) {
      return;
    }
    Map<String, DifferentialFunction> known = ImportClassMapping.getOpNameMapping();
    for (AbstractJavaOp op : ops()) {
      known.put(op.opName(), op);
    }
    SameDiff.bindInferenceFactory(new Sessions(SameDiff.getInferenceFactory()));
    registered = true;
  }

  /**
   * Registers the ops for a graph that gets one of them. If the graph was given arrays before, it
   * has ND4J sessions, which cannot run the ops; they are removed, and others are made when it
   * runs.
   */
  static void registerFor(SameDiff sameDiff) {
    register();
    sameDiff.getSessions().values().removeIf(session -> !(session instanceof JavaOpSession));
  }

  private static List<AbstractJavaOp> ops() {
    return List.of(
        new DropoutOp(),
        new EmbeddingLookup(),
        new EmbeddingLookupGradient(),
        new FrozenOperand(),
        new LabelCrossEntropy(),
        new LabelCrossEntropyGradient(),
        new LayerDistillation(),
        new LayerDistillationGradient(),
        new LatentGradient(),
        new LatentLoopOp(),
        new LatentLoopGradient(),
        new TrainedRows(),
        new TrainedRowsGradient(),
        new WidenedTable());
  }

  /**
   * Gives graphs our session. If another library has bound its own factory, that one still serves
   * graphs without our ops.
   *
   * <p>SameDiff makes a graph's session when the first array is given to a variable, which is
   * usually before there are any ops; our session runs graphs without Java ops like ND4J's.
   */
  private record Sessions(InferenceFactory others) implements InferenceFactory {

    @Override
    public InferenceSession create(SameDiff sameDiff) {
      JavaOpSession.closeEnded(sameDiff);
      return othersIsDefault() || hasJavaOps(sameDiff)
          ? new JavaOpSession(sameDiff)
          : others.create(sameDiff);
    }

    private boolean othersIsDefault() {
      return others.getClass().getEnclosingClass() == SameDiff.class;
    }

    private static boolean hasJavaOps(SameDiff sameDiff) {
      return sameDiff.getOps().values().stream().anyMatch(op -> op.getOp() instanceof JavaOp);
    }
  }
}
