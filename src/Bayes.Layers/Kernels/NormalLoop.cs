using System.Runtime.CompilerServices;

namespace Bayes.Layers.Kernels;

/// <summary>The moments of a function of every normal number of a span, in place.</summary>
internal abstract class NormalLoop<TLanes> where TLanes : struct, ILanes<TLanes>
{
    /// <summary>Replaces the moments of the numbers by those of the function's values.</summary>
    /// <param name="means">The means.</param>
    /// <param name="variances">The variances, as many.</param>
    public abstract void Apply(Span<TLanes> means, Span<TLanes> variances);

    /// <summary>The loop of a function that the compiler inlines.</summary>
    public sealed class Of<TFunction>(TFunction function) : NormalLoop<TLanes> where TFunction : struct, INormalFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Apply(Span<TLanes> means, Span<TLanes> variances)
        {
            var own = function;
            variances = variances[..means.Length];
            for (int i = 0; i < means.Length; i++)
                (means[i], variances[i]) = own.Of(means[i], variances[i]);
        }
    }
}
