using System.Runtime.CompilerServices;

namespace Bayes.Layers.Kernels;

/// <summary>A function of every number of a span, in place.</summary>
internal abstract class LaneLoop<TLanes> where TLanes : struct, ILanes<TLanes>
{
    /// <summary>Replaces the numbers by the function's values.</summary>
    public abstract void Apply(Span<TLanes> values);

    /// <summary>The loop of a function that the compiler inlines.</summary>
    public sealed class Of<TFunction>(TFunction function) : LaneLoop<TLanes> where TFunction : struct, ILaneFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Apply(Span<TLanes> values)
        {
            var own = function;
            foreach (ref var value in values)
                value = own.Of(value);
        }
    }
}
