// The common emoji names; an unknown name is shown as it is written.

const NAMES = `
white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|eyes 👀|lock 🔒|unlock 🔓|closed_lock_with_key 🔐|key 🔑
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|clap 👏|pray 🙏|raised_hands 🙌|wave 👋|ok_hand 👌|muscle 💪|point_right 👉|point_left 👈|point_up ☝️|point_down 👇|handshake 🤝|raising_hand 🙋|hand ✋|raised_hand ✋
smile 😄|slightly_smiling_face 🙂|smiley 😃|grin 😁|joy 😂|rofl 🤣|laughing 😆|sweat_smile 😅|wink 😉|blush 😊|heart_eyes 😍|thinking_face 🤔|sob 😭|cry 😢|rage 😡|angry 😠|sunglasses 😎|upside_down_face 🙃|neutral_face 😐|worried 😟|scream 😱|sleeping 😴|relaxed ☺️|yum 😋|face_with_rolling_eyes 🙄|hugging_face 🤗|confused 😕|disappointed 😞|tired_face 😫|zipper_mouth_face 🤐|partying_face 🥳|innocent 😇
heart ❤️|yellow_heart 💛|green_heart 💚|blue_heart 💙|purple_heart 💜|broken_heart 💔|sparkles ✨|star ⭐|star2 🌟|fire 🔥|tada 🎉|confetti_ball 🎊|100 💯|boom 💥|zap ⚡|rocket 🚀|trophy 🏆|medal 🏅|gift 🎁|balloon 🎈
warning ⚠️|rotating_light 🚨|no_entry ⛔|no_entry_sign 🚫|octagonal_sign 🛑|exclamation ❗|question ❓|grey_question ❔|heavy_exclamation_mark ❗|bangbang ‼️|information_source ℹ️|bell 🔔|no_bell 🔕|mute 🔇|loudspeaker 📢|mega 📣|sos 🆘|new 🆕|ok 🆗|up 🆙|cool 🆒|free 🆓
red_circle 🔴|large_orange_circle 🟠|large_yellow_circle 🟡|large_green_circle 🟢|large_blue_circle 🔵|large_purple_circle 🟣|white_circle ⚪|black_circle ⚫|large_red_square 🟥|large_green_square 🟩|small_red_triangle 🔺|radio_button 🔘|white_large_square ⬜|black_large_square ⬛|small_blue_diamond 🔹|small_orange_diamond 🔸
speech_balloon 💬|left_speech_bubble 🗨️|thought_balloon 💭|robot_face 🤖|bust_in_silhouette 👤|busts_in_silhouette 👥|technologist 🧑‍💻|construction_worker 👷|woman 👩|man 👨|adult 🧑|mechanic 🧑‍🔧|detective 🕵️|ghost 👻
email ✉️|envelope ✉️|incoming_envelope 📨|envelope_with_arrow 📩|e-mail 📧|phone ☎️|telephone_receiver 📞|iphone 📱|calling 📲|computer 💻|desktop_computer 🖥️|globe_with_meridians 🌐|earth_americas 🌎|link 🔗|paperclip 📎|pushpin 📌|round_pushpin 📍|memo 📝|pencil 📝|pencil2 ✏️|clipboard 📋|page_facing_up 📄|file_folder 📁|open_file_folder 📂|books 📚|book 📖|bookmark 🔖|label 🏷️|inbox_tray 📥|outbox_tray 📤|package 📦|mag 🔍|mag_right 🔎|bulb 💡|calendar 📅|date 📅|spiral_calendar_pad 🗓️|chart_with_upwards_trend 📈|chart_with_downwards_trend 📉|bar_chart 📊
hourglass ⌛|hourglass_flowing_sand ⏳|alarm_clock ⏰|stopwatch ⏱️|timer_clock ⏲️|watch ⌚|clock1 🕐|clock3 🕒|clock9 🕘|zzz 💤|crescent_moon 🌙|sunny ☀️|sunrise 🌅|snowflake ❄️|rainbow 🌈|umbrella ☔|thermometer 🌡️|droplet 💧|house 🏠|office 🏢|hospital 🏥|school 🏫|car 🚗|truck 🚚|ambulance 🚑
wrench 🔧|hammer 🔨|hammer_and_wrench 🛠️|gear ⚙️|nut_and_bolt 🔩|toolbox 🧰|electric_plug 🔌|battery 🔋|moneybag 💰|dollar 💵|credit_card 💳|money_with_wings 💸|receipt 🧾|shopping_trolley 🛒|scales ⚖️|shield 🛡️
arrow_right ➡️|arrow_left ⬅️|arrow_up ⬆️|arrow_down ⬇️|arrow_upper_right ↗️|arrow_right_hook ↪️|leftwards_arrow_with_hook ↩️|arrows_counterclockwise 🔄|repeat 🔁|twisted_rightwards_arrows 🔀|arrow_forward ▶️|double_vertical_bar ⏸️|pause_button ⏸️|black_square_for_stop ⏹️|heavy_plus_sign ➕|heavy_minus_sign ➖|recycle ♻️|white_flag 🏳️|triangular_flag_on_post 🚩|checkered_flag 🏁|coffee ☕|pizza 🍕|cake 🍰|beers 🍻|seedling 🌱|deciduous_tree 🌳|dog 🐶|cat 🐱|see_no_evil 🙈|turtle 🐢
one 1️⃣|two 2️⃣|three 3️⃣|four 4️⃣|five 5️⃣|zero 0️⃣`;

const TABLE = new Map(NAMES.split(/[|\n]/).filter(Boolean).map((pair) => {
  const cut = pair.trim().indexOf(' ');
  return [pair.trim().slice(0, cut), pair.trim().slice(cut + 1)];
}));

/** emoji returns the character for a name without colons, or null. */
export function emoji(name) {
  return TABLE.get(name.replace(/::skin-tone-\d$/, '')) || null;
}

export function fromUnicode(codes) {
  try {
    return String.fromCodePoint(...codes.split('-').map((c) => parseInt(c, 16)));
  } catch {
    return null;
  }
}

/** Offered by the reaction picker. */
export const PALETTE = ['white_check_mark', 'eyes', '+1', 'heart', 'tada', 'pray', 'raised_hands', 'smile', 'joy', 'thinking_face', 'wave', 'fire', 'rocket', 'x', 'warning', 'lock', 'hourglass_flowing_sand', 'question'];
