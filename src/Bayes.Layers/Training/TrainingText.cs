using System.Globalization;

namespace Bayes.Layers.Training;

/// <summary>Formats the numbers of a training for people, in the invariant culture.</summary>
internal static class TrainingText
{
    /// <summary>Returns a number with four digits.</summary>
    public static string Of(double value) => value.ToString("g4", CultureInfo.InvariantCulture);

    /// <summary>Returns a number with four digits, or a dash for null.</summary>
    public static string Of(double? value) => value is { } number ? Of(number) : "-";

    /// <summary>Returns a whole number.</summary>
    public static string Of(long value) => value.ToString("n0", CultureInfo.InvariantCulture);

    /// <summary>Returns a number of things, such as <c>1 epoch</c> or <c>2,000 epochs</c>.</summary>
    public static string Count(long value, string singular) => $"{Of(value)} {singular}{(value == 1 ? "" : "s")}";

    /// <summary>Returns minutes and seconds, with hours from one hour on.</summary>
    public static string Of(TimeSpan time) => time.ToString(time.TotalHours < 1 ? "m\\:ss" : "h\\:mm\\:ss", CultureInfo.InvariantCulture);

    /// <summary>Returns the reason why a training ended, as the rest of a sentence.</summary>
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
