using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>What a source of batches made is disposed batch by batch; what is the caller's stays.</summary>
internal static class DisposeScopes
{
    /// <summary>Disposes those of the tensors that belong to the scope.</summary>
    public static void DisposeOf(this DisposeScope scope, Tensor input, Tensor target)
    {
        if (scope.Contains(input))
            input.Dispose();
        if (scope.Contains(target))
            target.Dispose();
    }
}
