package android.content.res;

/** Stands where Android's class does: PyTorch's Java classes name it, and the runner never calls it. */
public final class AssetManager {}
