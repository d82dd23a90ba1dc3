using System.Globalization;

namespace Bayes.Layers.Training;

/// <summary>Numbers of a training as people read them, in the invariant culture.</summary>
internal static class TrainingText
{
    /// <summary>Four digits.</summary>
    public static string Of(double value) => value.ToString("g4", CultureInfo.InvariantCulture);

    /// <summary>Four digits, or a dash for null.</summary>
    public static string Of(double? value) => value is { } number ? Of(number) : "-";

    /// <summary>A whole number.</summary>
    public static string Of(long value) => value.ToString("n0", CultureInfo.InvariantCulture);

    /// <summary>A number of things, such as <c>1 epoch</c> or <c>2,000 epochs</c>.</summary>
    public static string Count(long value, string singular) => $"{Of(value)} {singular}{(value == 1 ? "" : "s")}";

    /// <summary>Minutes and seconds, or hours too.</summary>
    public static string Of(TimeSpan time) => time.ToString(time.TotalHours < 1 ? "m\\:ss" : "h\\:mm\\:ss", CultureInfo.InvariantCulture);

    /// <summary>Why a training ended, as the rest of a sentence.</summary>
    public static string Of(TrainingEnd end) => end switch
    {
        TrainingEnd.LastEpoch => "to the last epoch",
        TrainingEnd.EarlyStopping => "stopped early",
        TrainingEnd.Cancelled => "cancelled",
        TrainingEnd.Settled => "until the loss settled",
        TrainingEnd.LongestTraining => "to the longest automatic training",
        _ => "diverged",
    };
}
